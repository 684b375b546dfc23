// The points of retention that persons are behind: the cells, and the cohorts themselves. Pure.
import type { RetentionQuery, RetentionResult } from '../../api/types';
import { formatBucketLong, plural } from '../../lib/format';
import type { DrillPoint } from '../../persons/drill';
import { askedThen, breakdownOf, spanText } from '../shared/point';
import { counted } from '../shared/unit';
import { columnName, type SeriesName } from './picture';

/** A cell of a cohort, or of all together where there is none; without a column those who started. */
export function cellPoint(result: RetentionResult, query: RetentionQuery, { series, label }: SeriesName, cohort: number | null, column: number | null): DrillPoint | null {
  const row = cohort === null ? series.overall : series.cohorts[cohort];
  const persons = column === null ? row?.size : row?.cells[column]?.returned;
  if (!row || persons === undefined) return null;
  const asked = askedThen(query, result);
  const title = column === null ? 'Started' : `Came back ${result.interval === 'day' ? 'on' : 'in'} ${columnName(result, column).toLowerCase()}`;
  const start = cohort === null ? undefined : series.cohorts[cohort]?.start;
  return {
    label: query.breakdown === null ? title : `${title}: ${label}`,
    when: `Started ${start === undefined ? `in ${spanText(asked, result.timeZone)}` : `on ${formatBucketLong(start, result.interval, result.timeZone)}`}`,
    amount: plural(persons, counted(query.unit)),
    query: asked,
    point: { ...(cohort === null ? {} : { cohort }), ...(column === null ? {} : { column }), ...breakdownOf(series) },
    period: null,
  };
}
