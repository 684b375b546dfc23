import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { insightQuery } from '../api/queries';
import type { Project, WebList, WebResult, WebRow } from '../api/types';
import { useDrill } from '../persons/drill';
import { Button } from '../ui/controls';
import { AddList } from './AddList';
import { BarList } from './BarList';
import { Card, Part } from './Card';
import styles from './ListCard.module.css';
import { byKey, byOf, rowKey, valueLabel, type Tab } from './lists';
import { rowPoints } from './points';
import { hasFilter, listQuery, rowsOf, toggledFilter, visitFilter, type HomeState } from './state';

/** As many rows as the styles leave where the cards are below each other. */
const shownOnPhones = 6;

const WorldMap = lazy(() => import('../charts/WorldMap'));
const loadDetails = () => import('./ListDetails');
const ListDetails = lazy(loadDetails);

/** The answer with the key numbers, which has the first list of some cards. */
export interface Overview {
  data: WebResult | undefined;
  isPlaceholderData: boolean;
  error: unknown;
  refetch: () => unknown;
}

interface ListCardProps<Key extends string> {
  project: Project;
  title: string;
  tabs?: readonly { key: Key; label: string }[];
  /** The list that is shown. */
  tab: Tab & { key: Key };
  /** Whether the answer with the key numbers has it. */
  together: boolean;
  testId: string;
  picker?: ReactNode;
  state: HomeState;
  now: Date;
  overview: Overview;
  everybody: number | null;
  onChoose?: (key: Key) => void;
  onChange: (changed: Partial<HomeState>) => void;
}

export function ListCard<Key extends Tab['key']>({ project, title, tabs, tab, together, testId, picker, state, now, overview, everybody, onChoose, onChange }: ListCardProps<Key>) {
  const { by } = tab;
  const query = listQuery(state, by, project.timeZone, now, rowsOf(tab));
  const own = useQuery({ ...insightQuery(project.id, query), enabled: !together });
  const answer = together ? overview : own;
  // What is kept in sight while the next answer comes may be of another tab.
  const list = answer.data?.lists?.find((one) => byKey(byOf(one)) === byKey(by));
  const [open, setOpen] = useState(false);
  const drill = useDrill();
  const filter = (row: WebRow) => visitFilter(tab, row.value);
  const isFiltered = (row: WebRow) => {
    const stands = filter(row);
    return stands !== null && hasFilter(state.filters, stands);
  };
  const label = (row: WebRow) => valueLabel(tab.property, row.value, tab.none);
  const find = (key: string) => list?.rows.find((row) => rowKey(row) === key);
  const filterBy = (key: string) => {
    const row = find(key);
    const stands = row && filter(row);
    if (stands) onChange({ filters: toggledFilter(state.filters, stands) });
  };
  return (
    <Card title={title} testId={testId} {...(tabs && { tabs })} chosen={tab.key} {...(onChoose && { onChoose })} picker={picker}
      foot={list && list.rows.length > 0 && (
        <>
          <Button small variant="ghost" onPointerEnter={() => void loadDetails()} onClick={() => setOpen(true)} data-testid={testId.replace('card', 'details')}>
            {list.more || list.rows.length > shownOnPhones ? 'See all' : 'Details'}
          </Button>
          <AddList project={project} query={query} display={tab.key === 'map' ? 'map' : 'table'} name={tab.listed} />
        </>
      )}>
      <Part ready={list !== undefined} error={answer.error} stale={answer.isPlaceholderData} retry={() => void answer.refetch()}
        empty={list ? emptyText(tab.key, list) : null}>
        {list && tab.key === 'map' && (
          <div className={styles['mapRoom']}>
            <Suspense fallback={null}><WorldMap unit="visitors" whole={everybody} values={list.rows.map((row) => ({ code: row.value, value: row.visitors }))} does="to filter"
              chosen={list.rows.flatMap((row) => (row.value !== null && isFiltered(row) ? [row.value] : []))}
              onSelect={(code) => filterBy(`=${code}`)} /></Suspense>
          </div>
        )}
        {list && tab.key !== 'map' && (
          <BarList one={tab.one} what="Visitors" everybody={everybody} compare={state.compare}
            rows={list.rows.slice(0, rowsOf(tab)).map((row) => ({
              key: rowKey(row), label: label(row), persons: row.visitors, before: row.compare?.visitors ?? null, events: row.events ?? null, filtered: isFiltered(row), fixed: filter(row) === null,
            }))}
            onFilter={({ key }) => filterBy(key)}
            onPersons={({ key }) => {
              const row = find(key);
              if (row && answer.data) drill(rowPoints(answer.data, query, by, row, label(row)));
            }} />
        )}
      </Part>
      {open && <Suspense><ListDetails project={project} tab={tab} state={state} now={now} onClose={() => setOpen(false)} /></Suspense>}
    </Card>
  );
}

/** Why there is nothing to see; null where there is something. */
function emptyText(key: Tab['key'], { rows }: WebList): string | null {
  if (rows.length === 0) return key === 'event' ? 'No visit of this time has events of your own, such as a sign-up or a purchase.' : 'Nobody visited in this time.';
  const nowhere = key === 'map' && rows.every((row) => row.value === null);
  return nowhere ? 'No country is known of these visits. A GeoIP database, named in the settings of the server, tells them from addresses.' : null;
}
