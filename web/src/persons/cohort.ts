// Cohorts in words, and in an address. Pure.
import type { CohortCondition, StoredFilter } from '../api/types';
import { eventLabel, formatDate, plural, propertyLabel } from '../lib/format';
import { describeFilter } from '../state/filters';

/** An insight's address with one filter more; the same one is not put in twice. */
export function withFilter(search: string, filter: readonly string[]): string {
  const parameters = new URLSearchParams(search);
  const text = JSON.stringify(filter);
  if (!parameters.getAll('f').includes(text)) parameters.append('f', text);
  return parameters.toString();
}

/** Who is in a cohort by its condition: "did buy at least 3 times in the last 30 days and plan is pro". */
export function describeCondition(condition: CohortCondition): string {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of
        .map((one) => (one.kind === 'all' || one.kind === 'any' ? `(${describeCondition(one)})` : describeCondition(one)))
        .join(condition.kind === 'all' ? ' and ' : ' or ');
    case 'person':
      return filters(condition.filters);
    case 'did': {
      const { event = null, comparison, times, range } = condition;
      const where = filters(condition.filters ?? []);
      const how = times === 0 && comparison !== 'at_least' ? 'never' : `${words[comparison]} ${plural(times, 'time')}`;
      const when = 'last' in range ? `in the last ${plural(range.last, range.unit)}` : `from ${formatBound(range.from)} to ${formatBound(range.to)}`;
      return `did ${eventLabel(event)}${where === '' ? '' : ` with ${where}`} ${how} ${when}`;
    }
  }
}

const words = { at_least: 'at least', at_most: 'at most', exactly: 'exactly' } as const;

function filters(list: readonly StoredFilter[]): string {
  return list.map((one) => describeFilter({ ...one, values: (one.values ?? []).map(String) }, (property) => propertyLabel(property.replace(/^person\./, '')))).join(' and ');
}

function formatBound(bound: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(bound) ? formatDate(bound) : bound;
}
