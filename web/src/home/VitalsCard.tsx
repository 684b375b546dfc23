import { useQuery } from '@tanstack/react-query';
import { insightQuery } from '../api/queries';
import type { Project } from '../api/types';
import { plural } from '../lib/format';
import { leads, useDrill } from '../persons/drill';
import { Hidden } from '../ui/controls';
import { Card, Part } from './Card';
import styles from './home.module.css';
import { vitalPoint } from './points';
import { rowFilter, vitalsQuery, type HomeState } from './state';
import { filterText } from './FilterBar';
import { formatVital, rate, ratingNames, vitals, type VitalKey } from './vitals';

const perPage: readonly VitalKey[] = ['lcp', 'inp', 'cls'];
const names = Object.fromEntries(vitals.map((one) => [one.key, one.name])) as Record<VitalKey, string>;

/** How fast pages are for three of four visitors, over all and by page. */
export function VitalsCard({ project, state, now }: { project: Project; state: HomeState; now: Date }) {
  const query = vitalsQuery(state, project.timeZone, now);
  const result = useQuery(insightQuery(project.id, query));
  const found = result.data?.vitals;
  const drill = useDrill();
  const figure = (key: VitalKey, name: string, { p75, count }: { p75: number | null; count: number }, page?: string | null) => {
    const text = formatVital(key, p75);
    if (count === 0 || !leads(drill)) return text;
    const where = page === undefined ? name : `${name} on ${page ?? 'pages not known'}`;
    return (
      <button type="button" title={`${where}: show the persons of ${plural(count, 'measurement')}`}
        onClick={() => result.data && drill([vitalPoint(result.data, query, key, where, `${text}, ${plural(count, 'measurement')}`, page)])}>
        {text}
      </button>
    );
  };
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
                    <dd>{figure(key, name, found.overall[key])}<small>{rating && ratingNames[rating]}</small></dd>
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
                      return <td key={key} data-rating={rating}>{figure(key, names[key], figures[key], page)}{rating && <Hidden>, {ratingNames[rating]}</Hidden>}</td>;
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
