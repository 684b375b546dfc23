import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { dashboardQuery, useAddTile } from '../api/dashboards';
import type { InsightQuery, NewTile, Project, Tile, TileLook } from '../api/types';
import { useToday } from '../insights/shared/today';
import { lookOf, queryOf } from '../insights/saved';
import { may } from '../lib/roles';
import { Link, navigate, useSearch } from '../lib/router';
import { dashboardAddress, type InsightKind } from '../lib/routes';
import { Button, buttonClass } from '../ui/controls';
import { errorText } from '../ui/states';
import { useToast } from '../ui/toasts';
import AddDialog from './AddDialog';
import { parseTarget } from './state';

/** On the page of an insight: puts it on a dashboard, or gives it back to the tile that it was taken from. */
export default function AddToDashboard({ project, kind }: { project: Project; kind: InsightKind }) {
  const search = useSearch();
  const now = useToday(project.timeZone);
  return <ToDashboard project={project} query={queryOf(kind, search, project.timeZone, now)} look={lookOf(kind, search)} />;
}

/** Puts a question on a dashboard, or gives it back to the tile that the address names; nothing for those who change no dashboard. */
export function ToDashboard({ project, query, look }: { project: Project; query: InsightQuery | null; look: TileLook }) {
  const target = parseTarget(useSearch());
  const [adding, setAdding] = useState(false);
  if (!may(project, 'editor')) return null;
  if (target) return <BackToTile project={project} target={target} query={query} look={look} />;
  return (
    <>
      <Button icon="dashboards" disabled={query === null} data-testid="add-to-dashboard" onClick={() => setAdding(true)}>Add to dashboard</Button>
      {adding && query && <AddDialog project={project} query={query} look={look} onClose={() => setAdding(false)} />}
    </>
  );
}

/** A tile with what its editor says now. A number or a table stays one, and of the web view the parts that it shows do: its editor has all of them. */
function edited(tile: Tile, query: InsightQuery, look: TileLook): NewTile {
  const { figure, ...rest } = tile;
  const kept = query.kind === 'web' && tile.query.kind === 'web' ? { ...query, parts: tile.query.parts, lists: tile.query.lists } : query;
  const display = query.kind === 'web' || tile.display === 'number' || tile.display === 'table' ? tile.display : look.display;
  const shown = look.figure ?? (tile.query.kind === query.kind ? figure : undefined);
  return { ...rest, query: kept, display, ...(shown ? { figure: shown } : {}) };
}

interface BackToTileProps {
  project: Project;
  target: { dashboard: number; tile: number };
  query: InsightQuery | null;
  look: TileLook;
}

function BackToTile({ project, target, query, look }: BackToTileProps) {
  const dashboard = useQuery(dashboardQuery(project.id, target.dashboard));
  const change = useAddTile(project.id);
  const toast = useToast();
  const back = dashboardAddress(project.id, target.dashboard);
  const tile = dashboard.data?.tiles.find((one) => one.id === target.tile);
  const save = () => {
    if (!query) return;
    change.mutate({ dashboard: target.dashboard, place: (tiles) => tiles.map((one) => (one.id === target.tile ? edited(one, query, look) : one)) }, {
      onSuccess: () => {
        toast(`“${tile?.title ?? 'The tile'}” is saved`);
        navigate(back);
      },
      onError: (error) => toast(errorText(error), { failed: true }),
    });
  };
  const gone = dashboard.isError || (dashboard.data && !tile);
  return (
    <>
      <Link href={back} className={buttonClass('ghost')}>Back without saving</Link>
      <Button variant="primary" disabled={query === null || change.isPending || gone || !dashboard.data} data-testid="save-tile" title={tile && `The tile “${tile.title}”`} onClick={save}>
        {gone ? 'The tile is gone' : change.isPending ? 'Saving…' : 'Save the tile'}
      </Button>
    </>
  );
}
