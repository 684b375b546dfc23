import { formatValue, summarise, type ChartData } from '../../charts/series';
import { Sparkline } from '../../charts/Sparkline';
import { change, formatChange } from '../../lib/format';
import { Hidden } from '../../ui/controls';
import own from './figures.module.css';

/** The whole range in a number for each series, with how it came about. */
export function Figures({ data }: { data: ChartData }) {
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
