import { formatValue, toCsv, toggled, type ChartData } from '../../charts/series';
import chartStyles from '../../charts/charts.module.css';
import { downloadCsv } from '../../lib/csv';
import { change, formatBucket, formatBucketLong, formatChange } from '../../lib/format';
import { Button } from '../../ui/controls';
import styles from '../insight.module.css';

const mostColumns = 100;

/** The chart's values, all of them up to a bound, for readers who want figures or cannot see the chart. */
export function TrendsTable({ data, fileName = 'trends.csv', onHide }: { data: ChartData; fileName?: string; onHide: (hidden: string[]) => void }) {
  const skipped = Math.max(data.buckets.length - mostColumns, 0);
  const buckets = data.buckets.slice(skipped);
  const compare = data.series.some((one) => one.compare);
  const totals = data.series.some((one) => one.total !== null);
  return (
    <div className={styles['tablePart']}>
      <div className={styles['tableHead']}>
        <h2 id="table-title">Table</h2>
        {skipped > 0 && <span>the last {mostColumns} of {data.buckets.length}; the file has all</span>}
        <Button small variant="ghost" onClick={() => downloadCsv(fileName, toCsv(data))}>Download CSV</Button>
      </div>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles['scroll']} tabIndex={0} role="region" aria-labelledby="table-title">
        <table className={styles['table']} data-testid="trends-table">
          <thead>
            <tr>
              <th scope="col">Series</th>
              {totals && <th scope="col">{data.unit === 'share' ? 'Overall' : 'Total'}</th>}
              {compare && <th scope="col">Before</th>}
              {compare && <th scope="col">Change</th>}
              {buckets.map((bucket) => (
                <th key={bucket} scope="col" title={formatBucketLong(bucket, data.interval, data.timeZone)}>
                  {formatBucket(bucket, data.interval, data.timeZone)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.series.map((one) => (
              <tr key={one.key} data-hidden={one.hidden}>
                <th scope="row">
                  <label>
                    <input type="checkbox" checked={!one.hidden} onChange={() => onHide(toggled(data, one.key))} />
                    <i className={chartStyles['swatch']} style={{ background: one.color }} />
                    <span title={one.label}>{one.label}</span>
                  </label>
                </th>
                {totals && <td className={styles['total']}>{formatValue(data, one.total)}</td>}
                {compare && <td>{formatValue(data, one.compare?.total)}</td>}
                {compare && <td>{formatChange(change(one.total, one.compare?.total ?? null))}</td>}
                {buckets.map((bucket, index) => <td key={bucket}>{formatValue(data, one.values[index + skipped])}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
