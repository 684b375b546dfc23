import { useQuery } from '@tanstack/react-query';
import { insightQuery } from '../api/queries';
import type { Project } from '../api/types';
import { plural } from '../lib/format';
import { Hidden } from '../ui/controls';
import { Card, Part } from './Card';
import styles from './home.module.css';
import { rowFilter, vitalsQuery, type HomeState } from './state';
import { filterText } from './FilterBar';
import { formatVital, rate, ratingNames, vitals, type VitalKey } from './vitals';

const perPage: readonly VitalKey[] = ['lcp', 'inp', 'cls'];

/** How fast pages are for three of four visitors, over all and by page. */
export function VitalsCard({ project, state, now }: { project: Project; state: HomeState; now: Date }) {
  const result = useQuery(insightQuery(project.id, vitalsQuery(state, project.timeZone, now)));
  const found = result.data?.vitals;
  const shown = vitals.filter((one) => (found?.overall[one.key].count ?? 0) > 0);
  return (
    <Card title="Web vitals" testId="card-vitals">
      <Part ready={found !== undefined} error={result.error} stale={result.isPlaceholderData} retry={() => void result.refetch()}
        empty={found && shown.length === 0 ? 'No page was measured in this time.' : null}>
        {found && (
          <>
            <dl className={styles['vitals']}>
              {shown.map(({ key, short, name }) => {
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
        )}
      </Part>
    </Card>
  );
}
