import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { dashboardQuery, dashboardsQuery, useAddTile, useCreateDashboard } from '../api/dashboards';
import type { DrawnQuery, NewTile, Project, Tile, TileDisplay } from '../api/types';
import { useToday } from '../insights/shared/today';
import { displayOf, isDrawn, queryOf, titleOf } from '../insights/saved';
import { hasMap } from '../insights/trends/state';
import { may } from '../lib/roles';
import { Link, navigate, useSearch } from '../lib/router';
import { dashboardAddress, type InsightKind } from '../lib/routes';
import { Button, buttonClass, SelectField, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from './dashboards.module.css';
import { placeFor } from './grid';
import { parseTarget } from './state';

/** On the page of an insight: puts it on a dashboard, or gives it back to the tile that it was taken from. */
export default function AddToDashboard({ project, kind }: { project: Project; kind: InsightKind }) {
  const search = useSearch();
  const now = useToday(project.timeZone);
  const [adding, setAdding] = useState(false);
  const query = queryOf(kind, search, project.timeZone, now);
  const display = displayOf(kind, search);
  const target = parseTarget(search);
  if (!may(project, 'editor')) return null;
  if (target) return <BackToTile project={project} target={target} query={query} display={display} />;
  return (
    <>
      <Button icon="dashboards" disabled={query === null} data-testid="add-to-dashboard" onClick={() => setAdding(true)}>Add to dashboard</Button>
      {adding && query && <AddDialog project={project} query={query} display={display} onClose={() => setAdding(false)} />}
    </>
  );
}

interface AddDialogProps {
  project: Project;
  query: DrawnQuery;
  display: TileDisplay;
  onClose: () => void;
}

function AddDialog({ project, query, display, onClose }: AddDialogProps) {
  const dashboards = useQuery(dashboardsQuery(project.id));
  const [chosen, setChosen] = useState<number | 'new' | null>(null);
  const [name, setName] = useState('');
  const [title, setTitle] = useState(() => titleOf(query));
  const [shown, setShown] = useState(display);
  const add = useAddTile(project.id);
  const create = useCreateDashboard(project.id);
  const toast = useToast();
  const to = chosen ?? dashboards.data?.[0]?.id ?? 'new';
  const pending = add.isPending || create.isPending;
  const ready = !pending && dashboards.data !== undefined && (to !== 'new' || name.trim() !== '');
  const error = add.error ?? create.error;
  const [width, height] = shown === 'number' ? [3, 2] : [6, 5];
  const tile = (tiles: readonly Tile[]): NewTile => ({ title: title.trim(), query, display: shown, width, height, ...placeFor(tiles, width, height) });
  const added = (id: number, called: string) => {
    onClose();
    toast(`It is on “${called}”`, { action: { label: 'Look at it', run: () => navigate(dashboardAddress(project.id, id)) } });
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (!ready) return;
    if (to === 'new') create.mutate({ name: name.trim(), tiles: [tile([])] }, { onSuccess: (made) => added(made.id, made.name) });
    else add.mutate({ dashboard: to, place: (tiles) => [...tiles, tile(tiles)] }, { onSuccess: (changed) => added(changed.id, changed.name) });
  };
  return (
    <Dialog title="Add to a dashboard" onClose={onClose} testId="add-dialog">
      <form className={styles['form']} onSubmit={save}>
        {error && <Note kind="danger">{errorText(error)}</Note>}
        {dashboards.isError && <Note kind="danger">{errorText(dashboards.error)}</Note>}
        {dashboards.isPending && <Skeleton height={60} />}
        {dashboards.data && (
          <SelectField label="Dashboard" value={to} data-testid="which-dashboard" onChange={(event) => setChosen(event.target.value === 'new' ? 'new' : Number(event.target.value))}>
            {dashboards.data.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            <option value="new">A new one</option>
          </SelectField>
        )}
        {dashboards.data && to === 'new' && (
          <TextField label="Name of the new dashboard" maxLength={100} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
        )}
        <TextField label="Title of the tile" maxLength={200} autoComplete="off" value={title} data-testid="tile-title" onChange={(event) => setTitle(event.target.value)} />
        {query.kind === 'trends' && (
          <SelectField label="Shown as" value={shown} onChange={(event) => setShown(event.target.value as TileDisplay)}>
            <option value="line">Lines</option>
            <option value="bar">Bars</option>
            <option value="number">Number</option>
            <option value="table">Table</option>
            {hasMap(query) && <option value="map">World map</option>}
          </SelectField>
        )}
        {'from' in query.range && <Note>Its range is of calendar dates, so that the tile will show the same days for ever, unless the dashboard has a range for all tiles.</Note>}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={!ready}>{pending ? 'Adding…' : 'Add it'}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

interface BackToTileProps {
  project: Project;
  target: { dashboard: number; tile: number };
  query: DrawnQuery | null;
  display: TileDisplay;
}

function BackToTile({ project, target, query, display }: BackToTileProps) {
  const dashboard = useQuery(dashboardQuery(project.id, target.dashboard));
  const change = useAddTile(project.id);
  const toast = useToast();
  const back = dashboardAddress(project.id, target.dashboard);
  const tile = dashboard.data?.tiles.find((one) => one.id === target.tile);
  const save = () => {
    if (!query) return;
    change.mutate({
      dashboard: target.dashboard,
      // A number or a table stays one; what the editor says is whether lines or bars.
      place: (tiles) => tiles.map((one) => (one.id !== target.tile ? one : { ...one, query, display: one.display === 'number' || one.display === 'table' ? one.display : display })),
    }, {
      onSuccess: () => {
        toast(`“${tile?.title ?? 'The tile'}” is saved`);
        navigate(back);
      },
      onError: (error) => toast(errorText(error), { failed: true }),
    });
  };
  const gone = dashboard.isError || (dashboard.data && !tile) || (tile && !isDrawn(tile.query));
  return (
    <>
      <Link href={back} className={buttonClass('ghost')}>Back without saving</Link>
      <Button variant="primary" disabled={query === null || change.isPending || gone || !dashboard.data} data-testid="save-tile" title={tile && `The tile “${tile.title}”`} onClick={save}>
        {gone ? 'The tile is gone' : change.isPending ? 'Saving…' : 'Save the tile'}
      </Button>
    </>
  );
}
