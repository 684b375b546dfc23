import { useMemo, useState } from 'react';
import type { TileDisplay, TrendsQuery, TrendsResult } from '../../api/types';
import { formatValue, summarise, type ChartData } from '../../charts/series';
import { Sparkline } from '../../charts/Sparkline';
import { change, formatChange } from '../../lib/format';
import { leads, useDrill } from '../../persons/drill';
import { Hidden } from '../../ui/controls';
import { chartData } from './chart';
import { trendPoint } from './points';
import { TrendsPicture } from './TrendsPicture';
import { TrendsTable } from './TrendsTable';
import own from './tile.module.css';

/** A trend where there is little room: as a chart, as figures, or as a table. */
export function TrendsTile({ answer, query, display }: { answer: TrendsResult; query: TrendsQuery; display: TileDisplay }) {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const data = useMemo(() => chartData(answer, query, hidden), [answer, query, hidden]);
  const drill = useDrill();
  if (display === 'number') return <Figures data={data} />;
  if (display === 'table') {
    const open = (series: number, bucket: number | null) => {
      const point = trendPoint(answer, query, data, series, bucket);
      if (point) drill([point]);
    };
    return (
      <TrendsTable data={data} onHide={setHidden} onSelect={leads(drill) ? open : undefined}
        selects={(series) => (answer.series[series]?.series ?? 0) < query.series.length} />
    );
  }

  return <TrendsPicture answer={answer} query={query} data={data} chart={display} onHide={setHidden} />;
}

/** The whole range in a number for each series, with how it came about. */
function Figures({ data }: { data: ChartData }) {
  return (
    <div className={own['figures']} data-testid="figures">
      {data.series.map((one) => {
        const ratio = change(one.total, one.compare?.total ?? null);
        return (
          <div key={one.key} className={own['figure']}>
            <div>
              {data.series.length > 1 && <span>{one.label}</span>}
              <b>{formatValue(data, one.total)}</b>
              {ratio !== null && <em data-up={ratio >= 0} title={`${formatValue(data, one.compare?.total)} in the period before`}>{formatChange(ratio)}<Hidden> on the period before</Hidden></em>}
            </div>
            {one.values.length > 1 && <div className={own['spark']}><Sparkline values={one.values} color={one.color} /></div>}
          </div>
        );
      })}
      <Hidden>{summarise(data)}</Hidden>
    </div>
  );
}
