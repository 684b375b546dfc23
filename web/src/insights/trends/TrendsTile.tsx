import { useMemo, useState } from 'react';
import type { TileDisplay, TrendsQuery, TrendsResult } from '../../api/types';
import { formatValue, type ChartData } from '../../charts/series';
import { leads, useDrill } from '../../persons/drill';
import { useCells } from '../../ui/cells';
import { Hidden } from '../../ui/controls';
import { Cell } from '../shared/Cell';
import { Figures } from '../shared/Figures';
import { chartData } from './chart';
import { trendPoint } from './points';
import { hasMap } from './state';
import { TrendsMap } from './TrendsMap';
import { TrendsPicture } from './TrendsPicture';
import own from './tile.module.css';

/** A trend where there is little room: as a chart, as figures, or as a table. */
export function TrendsTile({ answer, query, display, room }: { answer: TrendsResult; query: TrendsQuery; display: TileDisplay; room: number }) {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const data = useMemo(() => chartData(answer, query, hidden), [answer, query, hidden]);
  const drill = useDrill();
  if (display === 'number') return <Figures data={data} />;
  if (display === 'table') {
    const open = (series: number) => {
      const point = trendPoint(answer, query, data, series, null);
      if (point) drill([point]);
    };
    return <Ranking data={data} onSelect={leads(drill) ? open : undefined} />;
  }

  if (display === 'map' && hasMap(query)) return <TrendsMap answer={answer} query={query} data={data} height={room} />;
  return <TrendsPicture answer={answer} query={query} data={data} chart={display === 'bar' ? 'bar' : 'line'} onHide={setHidden} />;
}

/** The series by what they are over the whole range, each held against the greatest. */
function Ranking({ data, onSelect }: { data: ChartData; onSelect: ((series: number) => void) | undefined }) {
  const cells = useCells<HTMLTableElement>();
  const most = Math.max(...data.series.map((one) => one.total ?? 0), 1);
  return (
    <table {...cells} className={own['ranking']} data-testid="ranking">
      <thead><tr><th scope="col"><Hidden>What</Hidden></th><th scope="col"><Hidden>How much</Hidden></th></tr></thead>
      <tbody>
        {data.series.map((one, series) => (
          <tr key={one.key}>
            <th scope="row" title={one.label}>
              <i aria-hidden="true" style={{ width: `${String(Math.max(((one.total ?? 0) / most) * 100, 0))}%` }} />
              <span>{one.label}</span>
            </th>
            <td><Cell of={`${one.label}, whole range`} onPress={onSelect && one.total ? () => onSelect(series) : undefined}>{formatValue(data, one.total)}</Cell></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
