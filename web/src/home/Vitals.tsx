import type { WebQuery, WebResult, WebVital, WebVitals } from '../api/types';
import { plural } from '../lib/format';
import { leads, useDrill } from '../persons/drill';
import { Hidden } from '../ui/controls';
import { filterText } from './FilterBar';
import { vitalPoint } from './points';
import { rowFilter } from './state';
import { formatVital, rate, ratingNames, vitals, type VitalKey } from './vitals';
import styles from './Vitals.module.css';

const perPage: readonly VitalKey[] = ['lcp', 'inp', 'cls'];
const names = Object.fromEntries(vitals.map((one) => [one.key, one.name])) as Record<VitalKey, string>;

/** Whether nothing was measured. */
export function noVitals(found: WebVitals): boolean {
  return vitals.every((one) => found.overall[one.key].count === 0);
}

interface VitalsProps {
  answer: WebResult;
  found: WebVitals;
  query: WebQuery;
}

/** How fast pages are for three of four visitors, over all and by page. Each figure leads to those who were measured. */
export function Vitals({ answer, found, query }: VitalsProps) {
  const drill = useDrill();
  const figure = (key: VitalKey, { p75, count }: WebVital, page?: string | null) => {
    const text = formatVital(key, p75);
    if (count === 0 || !leads(drill)) return text;
    const label = page === undefined ? names[key] : `${names[key]} on ${page ?? 'pages not known'}`;
    return (
      <button type="button" title={`${label}: show the persons of ${plural(count, 'measurement')}`}
        onClick={() => drill([vitalPoint(answer, query, key, label, `${text}, ${plural(count, 'measurement')}`, page)])}>
        {text}
      </button>
    );
  };
  return (
    <>
      <dl className={styles['vitals']}>
        {vitals.filter((one) => found.overall[one.key].count > 0).map(({ key, short, name }) => {
          const { p75, count } = found.overall[key];
          const rating = rate(key, p75);
          return (
            <div key={key} data-rating={rating} title={`${name}: three of four of ${plural(count, 'measurement')} are at most this`}>
              <dt>{short}<Hidden>, {name}</Hidden></dt>
              <dd>{figure(key, found.overall[key])}<small>{rating && ratingNames[rating]}</small></dd>
            </div>
          );
        })}
      </dl>
      <table className={styles['vitalPages']}>
        <thead><tr><th scope="col">Page</th>{perPage.map((key) => <th key={key} scope="col">{key.toUpperCase()}</th>)}</tr></thead>
        <tbody>
          {found.pages.map(({ page, figures }) => (
            <tr key={page ?? ''}>
              <th scope="row" title={filterText(rowFilter('$pathname', page))}>{page ?? 'Not known'}</th>
              {perPage.map((key) => {
                const rating = rate(key, figures[key].p75);
                return <td key={key} data-rating={rating}>{figure(key, figures[key], page)}{rating && <Hidden>, {ratingNames[rating]}</Hidden>}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
