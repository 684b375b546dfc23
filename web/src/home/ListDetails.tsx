import { useQuery } from '@tanstack/react-query';
import { insightQuery } from '../api/queries';
import type { Project, WebRow } from '../api/types';
import { DataTable, type Column } from '../insights/shared/DataTable';
import { formatNumber } from '../lib/format';
import { formatDuration, formatShare } from '../lib/rates';
import { useDrill } from '../persons/drill';
import { Dialog } from '../ui/dialog';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import { Loading } from './Card';
import styles from './ListDetails.module.css';
import { rowKey, valueLabel, type Tab } from './lists';
import { rowPoints } from './points';
import { listQuery, type HomeState } from './state';

const most = 500;

/** A list with all that is known of its rows, to be read in full or saved. */
export default function ListDetails({ project, tab, state, now, onClose }: { project: Project; tab: Tab; state: HomeState; now: Date; onClose: () => void }) {
  const query = listQuery(state, tab.by, project.timeZone, now, most);
  const result = useQuery(insightQuery(project.id, query));
  const list = result.data?.lists?.[0];
  const drill = useDrill();
  const number = (label: string, value: (row: WebRow) => number | null | undefined): Column<WebRow> => ({
    label, text: (row) => formatNumber(value(row)), value: (row) => value(row) ?? null,
  });
  const columns: Column<WebRow>[] = [
    { label: tab.one, text: (row) => valueLabel(tab.property, row.value, tab.none), value: (row) => row.value },
    {
      ...number('Visitors', (row) => row.visitors), strong: true,
      press: (row) => () => {
        if (!result.data) return;
        onClose();
        drill(rowPoints(result.data, query, tab.by, row, valueLabel(tab.property, row.value, tab.none)));
      },
    },
    ...(state.compare ? [number('Before', (row) => row.compare?.visitors)] : []),
    number('Visits', (row) => row.visits),
    ...(tab.by === 'event' ? [number('Events', (row) => row.events)] : []),
    number('Page views', (row) => row.pageViews),
    { label: 'Bounce rate', text: (row) => formatShare(row.bounceRate), value: (row) => row.bounceRate },
    { label: 'Visit duration', text: (row) => formatDuration(row.meanSeconds === null ? null : Math.round(row.meanSeconds)), value: (row) => row.meanSeconds },
  ];
  return (
    <Dialog wide title={tab.one} onClose={onClose} testId="list-details">
      {result.isError && <ErrorState title="The list could not be read" error={result.error} retry={() => void result.refetch()} />}
      {!list && !result.isError && <Loading>{Array.from({ length: 12 }, (_, index) => <Skeleton key={index} height={20} />)}</Loading>}
      {list?.rows.length === 0 && <EmptyState icon="search" title="Nothing in this time">Try a longer range or fewer filters.</EmptyState>}
      {list && list.rows.length > 0 && (
        <div className={styles['details']}><DataTable columns={columns} rows={list.rows} rowKey={rowKey} fileName={`${typeof tab.by === 'string' ? tab.by : tab.property}.csv`} testId="list-table"
          note={list.more ? `the ${formatNumber(most)} with the most visitors` : 'duration in seconds in the file'} /></div>
      )}
    </Dialog>
  );
}
