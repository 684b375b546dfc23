import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState, type KeyboardEvent, type ReactNode, type SubmitEvent } from 'react';
import { ApiError } from '../api/client';
import { dashboardQuery, tileQuery, useChangeDashboard, useDeleteDashboard, useDuplicateDashboard, useRestoreDashboard, type TileConditions } from '../api/dashboards';
import type { Dashboard, DashboardChange, NewTile, Project, Tile } from '../api/types';
import { useAddress } from '../insights/shared/address';
import { useToday } from '../insights/shared/today';
import { addressOf, filterOf, rangeOf } from '../insights/saved';
import { may } from '../lib/roles';
import { Link, navigate } from '../lib/router';
import { dashboardAddress, insightAddress, projectAddress } from '../lib/routes';
import { DrillProvider } from '../persons/drill';
import { isComplete } from '../state/filters';
import { defaultRange, toQueryRange } from '../state/range';
import { Button, buttonClass, IconButton, Select, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { Icon } from '../ui/icons';
import { Popover } from '../ui/popover';
import { EmptyState, ErrorState, errorText, Skeleton } from '../ui/states';
import { useToast } from '../ui/toasts';
import ui from '../ui/ui.module.css';
import { FilterEditor } from '../views/FilterEditor';
import { RangePicker } from '../views/RangePicker';
import { Grid } from './Grid';
import styles from './dashboards.module.css';
import { fall, placeFor } from './grid';
import { displaysOf, figuresOf } from './looks';
import { asKept, formatDashboard, parseDashboard, refreshes, type DashboardState } from './state';
import { TileCard } from './TileCard';

const ShareDialog = lazy(() => import('./ShareDialog').then((dialogs) => ({ default: dialogs.ShareDialog })));

export function DashboardView({ project, id }: { project: Project; id: number }) {
  const dashboard = useQuery(dashboardQuery(project.id, id));
  const name = dashboard.data?.name;
  useEffect(() => {
    if (name !== undefined) document.title = `${name} · Headroom`;
  }, [name]);

  if (dashboard.data) return <DrillProvider project={project}><Whole project={project} dashboard={dashboard.data} /></DrillProvider>;
  if (dashboard.isError && dashboard.error instanceof ApiError && dashboard.error.status === 404) {
    return (
      <div className={styles['whole']}>
        <EmptyState whole icon="dashboards" title="There is no such dashboard" actions={<Link href={projectAddress(project.id, 'dashboards')} className={buttonClass('primary')}>All dashboards</Link>}>
          It may have been deleted.
        </EmptyState>
      </div>
    );
  }

  return (
    <div className={styles['whole']} aria-busy={dashboard.isPending}>
      {dashboard.isError
        ? <ErrorState whole title="The dashboard could not be read" error={dashboard.error} retry={() => void dashboard.refetch()} />
        : <><div className={styles['head']}><Skeleton width={220} height={26} /></div><Skeleton height={34} width={320} /><Skeleton height={304} /></>}
    </div>
  );
}

function Whole({ project, dashboard }: { project: Project; dashboard: Dashboard }) {
  const [state, setState] = useAddress(parseDashboard, formatDashboard);
  const [arranging, setArranging] = useState(false);
  const [sharing, setSharing] = useState(false);
  const wall = useRef<HTMLDivElement>(null);
  const toast = useToast();
  const changing = useChangeDashboard(project.id, dashboard.id);
  const now = useToday(project.timeZone);
  const editable = may(project, 'editor');
  const change = (changes: DashboardChange) => changing.mutate(changes, {
    onError: (error) => toast(error instanceof ApiError && error.status === 412 ? 'Somebody else has changed the dashboard. You see it as it is now.' : errorText(error), { failed: true }),
  });
  const arrange = useArranging(dashboard, change);
  const conditions: TileConditions = {
    range: state.range === null || state.range === 'own' ? state.range : toQueryRange(state.range, project.timeZone, now),
    filters: state.filters === null ? null : state.filters.filter(isComplete),
  };
  const fullScreen = () => {
    wall.current?.requestFullscreen().catch(() => toast('The browser does not allow a full screen here.', { failed: true }));
  };

  return (
    <div ref={wall} className={styles['whole']} data-testid="dashboard">
      <header className={styles['head']}>
        <Names key={`${dashboard.name} ${dashboard.description}`} dashboard={dashboard} onChange={editable ? change : undefined} />
        <div className={styles['actions']}>
          {editable && <Link href={insightAddress(project.id, 'trends')} className={buttonClass()}><Icon name="plus" /><span>Add<span className={styles['roomy']}> an insight</span></span></Link>}
          {editable && dashboard.tiles.length > 0 && (
            <Button aria-pressed={arranging} icon={arranging ? 'check' : 'grip'} data-testid="arrange" onClick={() => setArranging(!arranging)}>
              {arranging ? 'Done' : 'Arrange'}
            </Button>
          )}
          {editable
            ? (
              <>
                <Button icon="publish" data-testid="share" onClick={() => setSharing(true)}>Share</Button>
                <More project={project} dashboard={dashboard} onFullScreen={fullScreen} />
              </>
            )
            : <Button icon="expand" onClick={fullScreen}>Full screen</Button>}
        </div>
      </header>
      <Conditions project={project} dashboard={dashboard} state={state} now={now} onState={setState} onChange={editable ? change : undefined} />
      {dashboard.tiles.length === 0 ? (
        <section className={ui['card']}>
          <EmptyState icon="dashboards" title="No tiles yet" actions={editable && <Link href={insightAddress(project.id, 'trends')} className={buttonClass('primary')}>Go to the insights</Link>}>
            {editable ? 'Build an insight, and press “Add to dashboard” there.' : 'Somebody with the role editor can put insights on it.'}
          </EmptyState>
        </section>
      ) : (
        <Grid tiles={arrange.tiles} title={(tile) => tile.title} onArrange={arranging ? arrange.put : undefined}
          draw={(tile, handle) => (
            <BoardTile project={project} dashboard={dashboard} tile={tile} conditions={conditions} now={now} handle={handle} onChange={editable ? change : undefined} />
          )} />
      )}
      {sharing && <Suspense><ShareDialog project={project} dashboard={dashboard} onClose={() => setSharing(false)} /></Suspense>}
    </div>
  );
}

/** What is dragged and pressed is seen at once and kept when it has come to rest, so that ten presses of a key are one change. */
function useArranging(dashboard: Dashboard, change: (changes: DashboardChange) => void): { tiles: Tile[]; put: (tiles: Tile[]) => void } {
  const [draft, setDraft] = useState<{ tiles: Tile[]; of: Dashboard['tiles'] } | null>(null);
  const waiting = useRef<{ timer: number; save: () => void } | null>(null);
  useEffect(() => () => {
    // Who leaves at once has arranged it all the same.
    if (waiting.current) {
      window.clearTimeout(waiting.current.timer);
      waiting.current.save();
    }
  }, []);

  const put = (tiles: Tile[]) => {
    setDraft({ tiles, of: dashboard.tiles });
    if (waiting.current) window.clearTimeout(waiting.current.timer);
    const save = () => {
      waiting.current = null;
      change({ tiles });
    };
    waiting.current = { timer: window.setTimeout(save, 500), save };
  };

  // A draft is of the tiles that it was made from: once they have changed it has been kept, or somebody else was quicker.
  return { tiles: draft !== null && draft.of === dashboard.tiles ? draft.tiles : dashboard.tiles, put };
}

/** What changes a dashboard; nothing for those who may only look at it. */
type Change = ((changes: DashboardChange) => void) | undefined;

function Names({ dashboard, onChange }: { dashboard: Dashboard; onChange: Change }) {
  const [editing, setEditing] = useState(false);
  const [name, setName] = useState(dashboard.name);
  const [description, setDescription] = useState(dashboard.description);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    setEditing(false);
    if (name.trim() !== dashboard.name || description.trim() !== dashboard.description) onChange?.({ name: name.trim(), description: description.trim() });
  };
  const leave = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setEditing(false);
  };
  if (!editing) {
    return (
      <div className={styles['names']}>
        <h1>{dashboard.name}{onChange && <IconButton small icon="edit" label="Rename the dashboard" data-testid="rename" onClick={() => setEditing(true)} />}</h1>
        {dashboard.description !== '' && <p>{dashboard.description}</p>}
      </div>
    );
  }

  return (
    <form className={styles['names']} onSubmit={save}>
      <div className={styles['rename']}>
        <input className={ui['input']} type="text" aria-label="Name of the dashboard" maxLength={100} autoFocus autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} onKeyDown={leave} />
        <Button type="submit" variant="primary" disabled={name.trim() === ''}>Save</Button>
      </div>
      <input className={ui['input']} type="text" aria-label="Description" placeholder="What it is for" maxLength={1_000} autoComplete="off" value={description} onChange={(event) => setDescription(event.target.value)} onKeyDown={leave} />
    </form>
  );
}

interface ConditionsProps {
  project: Project;
  dashboard: Dashboard;
  state: DashboardState;
  now: Date;
  onState: (state: DashboardState) => void;
  onChange: Change;
}

/** One range and filters over all tiles, for the reader alone until they are kept. */
function Conditions({ project, dashboard, state, now, onState, onChange }: ConditionsProps) {
  const kept = dashboard.range === null ? null : rangeOf(dashboard.range, project.timeZone, now);
  const range = state.range === 'own' ? null : (state.range ?? kept);
  const filters = state.filters ?? dashboard.filters.map(filterOf);
  const differs = state.range !== null || state.filters !== null;
  const keep = () => {
    onChange?.({
      ...(state.range === null ? {} : { range: state.range === 'own' ? {} : toQueryRange(state.range, project.timeZone, now) }),
      ...(state.filters === null ? {} : { filters: state.filters.filter(isComplete) }),
    });
    onState(asKept);
  };
  return (
    <div className={styles['conditions']}>
      <RangePicker range={range ?? defaultRange} timeZone={project.timeZone} onChange={(chosen) => onState({ ...state, range: chosen })}
        none={{ label: 'Each tile’s own range', chosen: range === null, onChoose: () => onState({ ...state, range: kept === null ? null : 'own' }) }} />
      <FilterEditor project={project.id} event={null} filters={filters} addLabel="Filter all tiles" onChange={(changed) => onState({ ...state, filters: changed })} />
      {differs && (
        <>
          {onChange && <Button small data-testid="keep" onClick={keep}>Keep for everybody</Button>}
          <Button small variant="ghost" onClick={() => onState(asKept)}>Reset</Button>
        </>
      )}
      {onChange && <Select label="How often it is read again" className={styles['apart']} value={dashboard.refreshSeconds} data-testid="refresh" onChange={(event) => onChange({ refreshSeconds: Number(event.target.value) })}>
        {[...refreshes, ...(refreshes.some((one) => one.seconds === dashboard.refreshSeconds) ? [] : [{ seconds: dashboard.refreshSeconds, label: `Every ${String(dashboard.refreshSeconds)} seconds` }])]
          .map((one) => <option key={one.seconds} value={one.seconds}>{one.label}</option>)}
      </Select>}
    </div>
  );
}

function More({ project, dashboard, onFullScreen }: { project: Project; dashboard: Dashboard; onFullScreen: () => void }) {
  const toast = useToast();
  const duplicate = useDuplicateDashboard(project.id);
  const remove = useDeleteDashboard(project.id);
  const restore = useRestoreDashboard(project.id);
  const failed = (error: Error) => toast(errorText(error), { failed: true });
  // The page is gone by then, and callbacks given to a mutation with it; its promise is not.
  const undo = () => void restore.mutateAsync(dashboard.id).then(() => navigate(dashboardAddress(project.id, dashboard.id)), failed);
  return (
    <Popover label="More" width={220}
      trigger={(trigger) => <IconButton {...trigger} variant="secondary" icon="more" label="More" data-testid="dashboard-more" />}>
      {(close) => {
        const press = (act: () => void) => () => {
          close();
          act();
        };
        return (
          <div className={styles['menu']}>
            <button type="button" onClick={press(onFullScreen)}><Icon name="expand" />Full screen</button>
            <button type="button" onClick={press(() => duplicate.mutate(dashboard.id, {
              onSuccess: (made) => {
                toast(`“${made.name}” is made`);
                navigate(dashboardAddress(project.id, made.id));
              },
              onError: failed,
            }))}><Icon name="copy" />Duplicate</button>
            <hr />
            <button type="button" onClick={press(() => remove.mutate(dashboard.id, {
              onSuccess: () => {
                navigate(projectAddress(project.id, 'dashboards'));
                toast(`“${dashboard.name}” is deleted`, { action: { label: 'Undo', run: undo } });
              },
              onError: failed,
            }))}><Icon name="trash" />Delete</button>
          </div>
        );
      }}
    </Popover>
  );
}

interface BoardTileProps {
  project: Project;
  dashboard: Dashboard;
  tile: Tile;
  conditions: TileConditions;
  now: Date;
  handle: ReactNode;
  onChange: Change;
}

function BoardTile({ project, dashboard, tile, conditions, now, handle, onChange }: BoardTileProps) {
  const question = tileQuery(project.id, dashboard.id, tile, conditions, { range: dashboard.range, filters: dashboard.filters }, dashboard.refreshSeconds);
  const result = useQuery(question);
  return (
    <TileCard title={tile.title} look={tile} height={tile.height} timeZone={project.timeZone} result={result} of={question.queryKey} start={handle}
      ownRange={conditions.range === 'own' || (conditions.range === null && dashboard.range === null)}
      tools={onChange
        ? <TileMenu project={project} dashboard={dashboard} tile={tile} now={now} onChange={onChange} />
        : <OpenTile project={project} tile={tile} now={now} />} />
  );
}

/** The way to the insight of a tile, for those who may not change it. */
function OpenTile({ project, tile, now }: Pick<BoardTileProps, 'project' | 'tile' | 'now'>) {
  const label = `Open the insight ${tile.title}`;
  return (
    <Link href={addressOf(project, tile.query, tile, now)} className={buttonClass('ghost', true, true)} title={label} aria-label={label}>
      <Icon name="trends" />
    </Link>
  );
}

function TileMenu({ project, dashboard, tile, now, onChange }: Pick<BoardTileProps, 'project' | 'dashboard' | 'tile' | 'now'> & { onChange: NonNullable<Change> }) {
  const [renaming, setRenaming] = useState(false);
  const toast = useToast();
  const { tiles } = dashboard;
  const client = useQueryClient();
  // To where it was, among what is there by then; its number is not used again.
  const putBack = (taken: Tile) => {
    const present = client.getQueryData(dashboardQuery(project.id, dashboard.id).queryKey)?.tiles ?? [];
    onChange({ tiles: fall([...present, taken]).map((one): NewTile => (one.id === taken.id ? withoutId(one) : one)) });
  };
  const replace = (changed: Partial<Tile>) => onChange({ tiles: tiles.map((one) => (one.id === tile.id ? { ...one, ...changed } : one)) });
  const edit = addressOf(project, tile.query, tile, now, `${String(dashboard.id)}.${String(tile.id)}`);
  const figures = tile.display === 'table' || (tile.query.kind === 'web' && tile.display === 'number') ? [] : figuresOf(tile.query);
  return (
    <>
      <Popover label={`Tile ${tile.title}`} width={220}
        trigger={(trigger) => <IconButton {...trigger} small icon="more" label={`More of ${tile.title}`} data-testid="tile-more" />}>
        {(close) => {
          const press = (act: () => void) => () => {
            close();
            act();
          };
          return (
            <div className={styles['menu']}>
              <Link href={edit} onClick={close} data-testid="edit-tile"><Icon name="trends" />Edit the insight</Link>
              <button type="button" onClick={press(() => setRenaming(true))}><Icon name="edit" />Rename</button>
              {displaysOf(tile.query).filter((one) => one.display !== tile.display).map((one) => (
                <button key={one.display} type="button" onClick={press(() => replace({ display: one.display }))}><Icon name={one.icon} />Show as {one.label.toLowerCase()}</button>
              ))}
              {figures.length > 0 && (
                <Select label="Figure" value={tile.figure ?? figures[0]?.key} data-testid="choose-figure" onChange={(event) => {
                  close();
                  replace({ figure: event.target.value });
                }}>
                  {figures.map((one) => <option key={one.key} value={one.key}>{one.label}</option>)}
                </Select>
              )}
              <button type="button" onClick={press(() => {
                onChange({ tiles: [...tiles, withoutId({ ...tile, ...placeFor(tiles, tile.width, tile.height) })] });
              })}><Icon name="copy" />Duplicate</button>
              <hr />
              <button type="button" data-testid="remove-tile" onClick={press(() => {
                onChange({ tiles: fall(tiles.filter((one) => one.id !== tile.id)) });
                toast(`“${tile.title}” is taken off`, { action: { label: 'Undo', run: () => putBack(tile) } });
              })}><Icon name="trash" />Take off the dashboard</button>
            </div>
          );
        }}
      </Popover>
      {renaming && <RenameTile tile={tile} onClose={() => setRenaming(false)} onSave={(title) => replace({ title })} />}
    </>
  );
}

function withoutId(tile: Tile): NewTile {
  const fresh: NewTile = { ...tile };
  delete fresh.id;
  return fresh;
}

function RenameTile({ tile, onClose, onSave }: { tile: Tile; onClose: () => void; onSave: (title: string) => void }) {
  const [title, setTitle] = useState(tile.title);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    onClose();
    if (title.trim() !== tile.title) onSave(title.trim());
  };
  return (
    <Dialog title="Rename the tile" onClose={onClose}>
      <form onSubmit={save}>
        <TextField label="Title" value={title} maxLength={200} autoFocus autoComplete="off" onFocus={(event) => event.target.select()} onChange={(event) => setTitle(event.target.value)} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary">Save</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
