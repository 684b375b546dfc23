import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { dashboardsQuery, useAddTile, useCreateDashboard } from '../api/dashboards';
import type { InsightQuery, NewTile, Project, Tile, TileDisplay, TileLook } from '../api/types';
import { titleOf } from '../insights/saved';
import { navigate } from '../lib/router';
import { dashboardAddress } from '../lib/routes';
import { Button, SelectField, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from './dashboards.module.css';
import { placeFor } from './grid';
import { displaysOf, figuresOf } from './looks';

interface AddDialogProps {
  project: Project;
  query: InsightQuery;
  look: TileLook;
  onClose: () => void;
}

/** Asks for a dashboard, a title and a picture, and puts the question there. */
export default function AddDialog({ project, query, look, onClose }: AddDialogProps) {
  const dashboards = useQuery(dashboardsQuery(project.id));
  const [chosen, setChosen] = useState<number | 'new' | null>(null);
  const [name, setName] = useState('');
  const [title, setTitle] = useState(() => titleOf(query));
  const displays = displaysOf(query);
  const figures = figuresOf(query);
  const [shown, setShown] = useState(look.display);
  const [figure, setFigure] = useState(look.figure ?? figures[0]?.key);
  const add = useAddTile(project.id);
  const create = useCreateDashboard(project.id);
  const toast = useToast();
  const to = chosen ?? dashboards.data?.[0]?.id ?? 'new';
  const pending = add.isPending || create.isPending;
  const ready = !pending && dashboards.data !== undefined && (to !== 'new' || name.trim() !== '');
  const error = add.error ?? create.error;
  const [width, height] = sizeOf(query, shown);
  const tile = (tiles: readonly Tile[]): NewTile => ({ title: title.trim(), query, display: shown, ...(figures.length > 0 ? { figure } : {}), width, height, ...placeFor(tiles, width, height) });
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
        {displays.length > 1 && (
          <SelectField label="Shown as" value={shown} onChange={(event) => setShown(event.target.value as TileDisplay)}>
            {displays.map((one) => <option key={one.display} value={one.display}>{one.label}</option>)}
          </SelectField>
        )}
        {figures.length > 0 && shown !== 'table' && (query.kind !== 'web' || shown !== 'number') && (
          <SelectField label="Figure" value={figure} data-testid="tile-figure" onChange={(event) => setFigure(event.target.value)}>
            {figures.map((one) => <option key={one.key} value={one.key}>{one.label}</option>)}
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

/** Of a new tile, in columns and rows. */
function sizeOf(query: InsightQuery, display: TileDisplay): readonly [number, number] {
  if (query.kind === 'web' && query.lists.length === 0 && query.parts.includes('totals')) return [12, display === 'number' ? 2 : 5];
  return display === 'number' ? [3, 2] : [6, 5];
}
