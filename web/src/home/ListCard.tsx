import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { insightQuery } from '../api/queries';
import type { Project, WebList, WebResult, WebRow } from '../api/types';
import { useDrill } from '../persons/drill';
import { Button } from '../ui/controls';
import { AddList } from './AddList';
import { BarList } from './BarList';
import { Card, Part } from './Card';
import styles from './home.module.css';
import { rowKey, tabOf, valueLabel, type Card as CardOf, type TabKey } from './lists';
import { rowPoints } from './points';
import { hasFilter, listQuery, rowFilter, rowsOf, toggledFilter, type HomeState } from './state';

/** As many rows as the styles leave where the cards are below each other. */
const shownOnPhones = 6;

const WorldMap = lazy(() => import('../charts/WorldMap'));
const loadDetails = () => import('./ListDetails');
const ListDetails = lazy(loadDetails);

interface ListCardProps {
  project: Project;
  card: CardOf;
  state: HomeState;
  now: Date;
  /** The answer with the key numbers, which has the first list of some cards. */
  overview: { data: WebResult | undefined; isPlaceholderData: boolean; error: unknown; refetch: () => unknown };
  everybody: number | null;
  onChange: (changed: Partial<HomeState>) => void;
}

export function ListCard({ project, card, state, now, overview, everybody, onChange }: ListCardProps) {
  const tab = tabOf(state.tabs[card.key]);
  const { by } = tab;
  const together = card.together && by === card.tabs[0].by;
  const query = listQuery(state, by, project.timeZone, now, rowsOf(tab));
  const own = useQuery({ ...insightQuery(project.id, query), enabled: !together });
  const answer = together ? overview : own;
  // What is kept in sight while the next answer comes may be of another tab.
  const list = answer.data?.lists?.find((one) => one.by === by);
  const [open, setOpen] = useState(false);
  const drill = useDrill();
  const filter = (row: WebRow) => rowFilter(tab.property, row.value);
  const label = (row: WebRow) => valueLabel(tab.property, row.value, tab.none);
  const find = (key: string) => list?.rows.find((row) => rowKey(row) === key);
  const filterBy = (key: string) => {
    const row = find(key);
    if (row) onChange({ filters: toggledFilter(state.filters, filter(row)) });
  };
  return (
    <Card title={card.title} testId={`card-${card.key}`} tabs={card.tabs.map((one) => ({ key: one.key, label: one.label }))} chosen={tab.key}
      onChoose={(chosen: TabKey) => onChange({ tabs: { ...state.tabs, [card.key]: chosen } })}
      foot={list && list.rows.length > 0 && (
        <>
          <Button small variant="ghost" onPointerEnter={() => void loadDetails()} onClick={() => setOpen(true)} data-testid={`details-${card.key}`}>
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
              chosen={list.rows.flatMap((row) => (row.value !== null && hasFilter(state.filters, filter(row)) ? [row.value] : []))}
              onSelect={(code) => filterBy(`=${code}`)} /></Suspense>
          </div>
        )}
        {list && tab.key !== 'map' && (
          <BarList one={tab.one} what="Visitors" everybody={everybody} compare={state.compare}
            rows={list.rows.slice(0, rowsOf(tab)).map((row) => ({
              key: rowKey(row), label: label(row), persons: row.visitors, before: row.compare?.visitors ?? null, events: row.events ?? null, filtered: hasFilter(state.filters, filter(row)),
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
function emptyText(key: TabKey, { rows }: WebList): string | null {
  if (rows.length === 0) return key === 'event' ? 'No visit of this time has events of your own, such as a sign-up or a purchase.' : 'Nobody visited in this time.';
  const nowhere = key === 'map' && rows.every((row) => row.value === null);
  return nowhere ? 'No country is known of these visits. A GeoIP database, named in the settings of the server, tells them from addresses.' : null;
}
