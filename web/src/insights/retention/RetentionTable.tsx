import { useId } from 'react';
import type { RetentionQuery, RetentionResult } from '../../api/types';
import { downloadCsv, toCsvText } from '../../lib/csv';
import { formatBucket, formatBucketLong, formatNumber, plural } from '../../lib/format';
import { formatShare } from '../../lib/rates';
import { leads, useDrill } from '../../persons/drill';
import { useCells } from '../../ui/cells';
import { Button } from '../../ui/controls';
import styles from '../insight.module.css';
import { Cell } from '../shared/Cell';
import { chosen, columnName, heat, seriesNames, type SeriesName } from './picture';
import { counted, countedAll, unitName } from '../shared/unit';
import { cellPoint } from './points';
import own from './retention.module.css';

interface RetentionTableProps {
  result: RetentionResult;
  query: RetentionQuery;
  shown: string | null;
  onShow: (key: string) => void;
  /** Without a heading of its own and early cohorts of nobody, where there is little room. */
  plain?: boolean;
}

/** A row for each cohort and a cell for each interval after its start, the warmer the more came back: picture and table in one. */
export function RetentionTable({ result, query, shown, onShow, plain = false }: RetentionTableProps) {
  const id = useId();
  const cells = useCells<HTMLTableElement>();
  const drill = useDrill();
  const all = seriesNames(result, query);
  const one = chosen(all, shown);
  if (!one) return null;
  const several = all.length > 1;
  const columns = result.columns.map((_, index) => columnName(result, index));
  const { cohorts } = one.series;
  // Where there is little room it is not for the time before anybody came.
  const from = plain ? Math.max(cohorts.findIndex((cohort) => cohort.size > 0), 0) : 0;
  const press = (name: SeriesName, cohort: number | null, column: number | null, persons: number) =>
    (persons > 0 && leads(drill)
      ? () => {
          const point = cellPoint(result, query, name, cohort, column);
          if (point) drill([point]);
        }
      : undefined);
  return (
    <>
      <div className={styles['tableHead']} hidden={plain}>
        <h2 id={id}>{several ? one.label : 'Who came back'}</h2>
        <Button small variant="ghost" onClick={() => downloadCsv('retention.csv', csv(result, query))}>Download CSV</Button>
      </div>
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={own['scroll']} tabIndex={0} role="region" aria-labelledby={id}>
        <table {...cells} className={own['triangle']} data-testid="retention-table">
          <thead>
            <tr>
              <th scope="col">Start</th>
              <th scope="col">{unitName(query.unit)}</th>
              {columns.map((column) => <th key={column} scope="col">{column}</th>)}
            </tr>
          </thead>
          <tbody>
            {all.map((name) => {
              const { key, label, series } = name;
              return (
                <tr key={key} className={own['overall']}>
                  <th scope="row">
                    {several ? <button type="button" aria-pressed={key === one.key} onClick={() => onShow(key)}>{label}</button> : 'All together'}
                  </th>
                  <td><Cell of={`${label}, all who started`} onPress={press(name, null, null, series.overall.size)}>{formatNumber(series.overall.size)}</Cell></td>
                  {series.overall.cells.map((cell, index) => (
                    <td key={columns[index]} className={own['cell']} style={warm(cell.rate)} title={cell.size > 0 ? `${outOf(cell.returned, cell.size, query)} whose ${columns[index]?.toLowerCase() ?? ''} is over` : undefined}>
                      {cell.size > 0 && <Cell of={`${label}, ${columns[index] ?? ''}, ${outOf(cell.returned, cell.size, query)}`} onPress={press(name, null, index, cell.returned)}>{formatShare(cell.rate)}</Cell>}
                    </td>
                  ))}
                </tr>
              );
            })}
            {cohorts.map((cohort, row) => row >= from && (
              <tr key={cohort.start} className={row === from ? own['first'] : undefined}>
                <th scope="row" title={formatBucketLong(cohort.start, result.interval, result.timeZone)}>{formatBucket(cohort.start, result.interval, result.timeZone)}</th>
                <td><Cell of={`${one.label}, all who started`} onPress={press(one, row, null, cohort.size)}>{formatNumber(cohort.size)}</Cell></td>
                {cohort.cells.map((cell, index) => (
                  <td key={columns[index]} className={own['cell']} data-state={cell.state} style={cell.state === 'not_begun' ? undefined : warm(cell.rate)}
                    title={cell.state === 'not_begun' ? 'not begun' : `${outOf(cell.returned, cohort.size, query)}${cell.state === 'going_on' ? ' so far' : ''}`}>
                    {cell.state !== 'not_begun' && <Cell of={`${one.label}, ${columns[index] ?? ''}, ${outOf(cell.returned, cohort.size, query)}`} onPress={press(one, row, index, cell.returned)}>{formatShare(cell.rate)}</Cell>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={own['key']}><i aria-hidden="true" /> still going on: the number may grow</p>
    </>
  );
}

function outOf(part: number, whole: number, { unit }: Pick<RetentionQuery, 'unit'>): string {
  return `${formatNumber(part)} of ${plural(whole, counted(unit))}`;
}

function warm(rate: number | null) {
  return { backgroundColor: `color-mix(in srgb, var(--series-0) ${String(heat(rate))}%, var(--surface))` };
}

/** Numbers of persons: the rates are theirs by the size of the cohort. */
function csv(result: RetentionResult, query: RetentionQuery): string {
  const all = seriesNames(result, query);
  const several = all.length > 1;
  return toCsvText(
    [...(several ? ['value'] : []), 'start', countedAll(query.unit).column.toLowerCase(), ...result.columns.map((_, index) => columnName(result, index))],
    all.flatMap(({ label, series }) =>
      series.cohorts.map((cohort) => [
        ...(several ? [label] : []), cohort.start, cohort.size, ...cohort.cells.map((cell) => (cell.state === 'not_begun' ? null : cell.returned)),
      ]),
    ),
  );
}
