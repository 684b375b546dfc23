import type { WebVitals } from '../api/types';
import { plural } from '../lib/format';
import { Hidden } from '../ui/controls';
import { filterText } from './FilterBar';
import styles from './home.module.css';
import { rowFilter } from './state';
import { formatVital, rate, ratingNames, vitals, type VitalKey } from './vitals';

const perPage: readonly VitalKey[] = ['lcp', 'inp', 'cls'];

/** Whether nothing was measured. */
export function noVitals(found: WebVitals): boolean {
  return vitals.every((one) => found.overall[one.key].count === 0);
}

/** How fast pages are for three of four visitors, over all and by page. */
export function Vitals({ found }: { found: WebVitals }) {
  return (
    <>
      <dl className={styles['vitals']}>
        {vitals.filter((one) => found.overall[one.key].count > 0).map(({ key, short, name }) => {
          const { p75, count } = found.overall[key];
          const rating = rate(key, p75);
          return (
            <div key={key} data-rating={rating} title={`${name}: three of four of ${plural(count, 'measurement')} are at most this`}>
              <dt>{short}<Hidden>, {name}</Hidden></dt>
              <dd>{formatVital(key, p75)}<small>{rating && ratingNames[rating]}</small></dd>
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
                return <td key={key} data-rating={rating}>{formatVital(key, figures[key].p75)}{rating && <Hidden>, {ratingNames[rating]}</Hidden>}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
