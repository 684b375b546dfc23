import { useId } from 'react';
import { bucketLabel, bucketName, formatValue, toCsv, toggled, type ChartData } from '../../charts/series';
import chartStyles from '../../charts/charts.module.css';
import { downloadCsv } from '../../lib/csv';
import { change, formatChange } from '../../lib/format';
import { useCells } from '../../ui/cells';
import { Button } from '../../ui/controls';
import styles from '../insight.module.css';
import { Cell } from '../shared/Cell';

const mostColumns = 100;

interface TrendsTableProps {
  data: ChartData;
  fileName?: string;
  onHide: (hidden: string[]) => void;
  /** Shows the persons behind a value: the number of its series, and of its bucket or null for the whole range. */
  onSelect?: ((series: number, bucket: number | null) => void) | undefined;
}

/** The chart's values, all of them up to a bound, for readers who want figures or cannot see the chart. */
export function TrendsTable({ data, fileName = 'trends.csv', onHide, onSelect }: TrendsTableProps) {
  const id = useId();
  const cells = useCells<HTMLTableElement>();
  const press = (series: number, bucket: number | null, value: number | null | undefined) =>
    (onSelect && value ? () => onSelect(series, bucket) : undefined);
  const skipped = Math.max(data.buckets.length - mostColumns, 0);
  const buckets = data.buckets.slice(skipped);
  const compare = data.series.some((one) => one.compare);
  const totals = data.series.some((one) => one.total !== null);
  return (
    <div className={styles['tablePart']}>
      <div className={styles['tableHead']}>
        <h2 id={id}>Table</h2>
        {skipped > 0 && <span>the last {mostColumns} of {data.buckets.length}; the file has all</span>}
        <Button small variant="ghost" onClick={() => downloadCsv(fileName, toCsv(data))}>Download CSV</Button>
      </div>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles['scroll']} tabIndex={0} role="region" aria-labelledby={id}>
        <table {...cells} className={styles['table']} data-testid="trends-table">
          <thead>
            <tr>
              <th scope="col">Series</th>
              {totals && <th scope="col">{data.unit === 'share' ? 'Overall' : 'Total'}</th>}
              {compare && <th scope="col">Before</th>}
              {compare && <th scope="col">Change</th>}
              {buckets.map((bucket, index) => (
                <th key={bucket} scope="col" title={bucketName(data, index + skipped)}>
                  {bucketLabel(data, index + skipped)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.series.map((one, series) => (
              <tr key={one.key} data-hidden={one.hidden}>
                <th scope="row">
                  <label>
                    <input type="checkbox" checked={!one.hidden} onChange={() => onHide(toggled(data, one.key))} />
                    <i className={chartStyles['swatch']} style={{ background: one.color }} />
                    <span title={one.label}>{one.label}</span>
                  </label>
                </th>
                {totals && <td className={styles['total']}><Cell of={`${one.label}, whole range`} onPress={press(series, null, one.total)}>{formatValue(data, one.total)}</Cell></td>}
                {compare && <td>{formatValue(data, one.compare?.total)}</td>}
                {compare && <td>{formatChange(change(one.total, one.compare?.total ?? null))}</td>}
                {buckets.map((bucket, index) => {
                  const value = one.values[index + skipped];
                  return (
                    <td key={bucket}>
                      <Cell of={`${one.label}, ${bucketName(data, index + skipped)}`} onPress={press(series, index + skipped, value)}>{formatValue(data, value)}</Cell>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
