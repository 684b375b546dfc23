import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '../api/client';
import { sharedDashboardQuery, sharedTileQuery } from '../api/dashboards';
import type { QueryRange, SharedDashboard, SharedTile } from '../api/types';
import { rangeText } from '../insights/saved';
import { formatDate } from '../lib/format';
import { Select } from '../ui/controls';
import { Logo } from '../ui/icons';
import { EmptyState, ErrorState, Skeleton } from '../ui/states';
import ui from '../ui/ui.module.css';
import { Grid } from './Grid';
import styles from './dashboards.module.css';
import { TileCard } from './TileCard';

/** A dashboard for who has its link: to be looked at, without a way to anything else. */
export default function SharedDashboardView({ token, embedded }: { token: string; embedded: boolean }) {
  const dashboard = useQuery(sharedDashboardQuery(token));
  const name = dashboard.data?.name;
  useEffect(() => {
    document.title = name === undefined ? 'Headroom' : `${name} · Headroom`;
  }, [name]);
  return (
    <main className={styles['shared']} data-embedded={embedded} aria-busy={dashboard.isPending}>
      <div className={styles['whole']}>
        {dashboard.data ? <Board token={token} dashboard={dashboard.data} /> : dashboard.isError ? (
          dashboard.error instanceof ApiError && dashboard.error.status === 404
            ? <EmptyState whole icon="publish" title="This link opens nothing">It was revoked or has ended, or it is not whole. Ask who sent it for another one.</EmptyState>
            : <ErrorState whole title="The dashboard could not be read" error={dashboard.error} retry={() => void dashboard.refetch()} />
        ) : <><div className={styles['head']}><Skeleton width={220} height={26} /></div><Skeleton height={304} /></>}
      </div>
    </main>
  );
}

function Board({ token, dashboard }: { token: string; dashboard: SharedDashboard }) {
  const [chosen, setChosen] = useState<QueryRange | null>(null);
  const [now] = useState(() => new Date());
  const text = (range: QueryRange) => rangeText(range, dashboard.timeZone, now, formatDate);
  const own = dashboard.range === null ? 'As each tile has it' : text(dashboard.range);
  return (
    <>
      <header className={styles['head']}>
        <div className={styles['names']}>
          <h1>{dashboard.name}</h1>
          {dashboard.description !== '' && <p>{dashboard.description}</p>}
        </div>
        {dashboard.ranges.length > 0 && (
          <div className={styles['conditions']}>
            <Select label="Range of time" value={chosen === null ? '' : JSON.stringify(chosen)} data-testid="shared-range"
              onChange={(event) => setChosen(dashboard.ranges.find((one) => JSON.stringify(one) === event.target.value) ?? null)}>
              <option value="">{own}</option>
              {dashboard.ranges.map((one) => <option key={JSON.stringify(one)} value={JSON.stringify(one)}>{text(one)}</option>)}
            </Select>
          </div>
        )}
      </header>
      {dashboard.tiles.length === 0
        ? <section className={ui['card']}><EmptyState icon="dashboards" title="No tiles yet">Nothing has been put on this dashboard.</EmptyState></section>
        : <Grid tiles={dashboard.tiles} title={(tile) => tile.title} draw={(tile) => <OpenTile token={token} dashboard={dashboard} tile={tile} range={chosen} />} />}
      <footer className={styles['foot']}><Logo size={16} />Headroom · times in {dashboard.timeZone.replaceAll('_', ' ')}</footer>
    </>
  );
}

function OpenTile({ token, dashboard, tile, range }: { token: string; dashboard: SharedDashboard; tile: SharedTile; range: QueryRange | null }) {
  const result = useQuery(sharedTileQuery(token, tile.id, range, dashboard.refreshSeconds));
  return (
    <TileCard title={tile.title} look={tile} height={tile.height} timeZone={dashboard.timeZone} result={result} ownRange={range === null && dashboard.range === null} />
  );
}
