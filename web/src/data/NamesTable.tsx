import { useState, type ReactNode } from 'react';
import { useChangeDefinitions } from '../api/data';
import type { DefinitionKind, Project } from '../api/types';
import { plural } from '../lib/format';
import { may } from '../lib/roles';
import { Button, Checkbox, Hidden, Select } from '../ui/controls';
import { errorText } from '../ui/states';
import { useToast } from '../ui/toasts';
import styles from './data.module.css';
import { Description } from './Description';
import { sorted, type DataState, type Sort } from './state';

export interface NameRow {
  name: string;
  description?: string | null;
  hidden: boolean;
}

export interface NameColumn<Row> {
  label: string;
  sort?: Sort;
  by?: (row: Row) => string | number | null | undefined;
  cell: (row: Row) => ReactNode;
  /** What a phone has no room for. */
  wide?: boolean;
  /** What only a wide window has room for. */
  rest?: boolean;
  className?: string | undefined;
}

interface NamesTableProps<Row> {
  project: Project;
  kind: DefinitionKind;
  rows: readonly Row[];
  columns: readonly NameColumn<Row>[];
  label: (name: string) => string;
  state: DataState;
  update: (changed: Partial<DataState>) => void;
  testId: string;
}

const atOnce = 100;

/** Names with what people say of them. A name opens its details; selected ones are hidden or shown together. */
export function NamesTable<Row extends NameRow>({ project, kind, rows, columns, label, state, update, testId }: NamesTableProps<Row>) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState(atOnce);
  const hide = useHide(project.id, kind);
  const editable = may(project, 'editor');
  const all: readonly NameColumn<Row>[] = [{ label: kind === 'event' ? 'Event' : 'Property', sort: 'name', by: (row) => label(row.name), cell: () => null }, ...columns,
    { label: 'Hidden', sort: 'hidden', by: (row) => Number(row.hidden), cell: () => null }];
  const by = all.find((one) => one.sort === state.sort)?.by ?? (() => null);
  const ordered = sorted(rows, by, state.turned);
  const visible = ordered.slice(0, shown);
  const chosen = rows.filter((row) => selected.has(row.name));
  const toggle = (name: string) => setSelected((now) => {
    const next = new Set(now);
    if (!next.delete(name)) next.add(name);
    return next;
  });

  return (
    <>
      {chosen.length > 0 && (
        <div className={styles['bulk']} role="group" aria-label="Selected names" data-testid="bulk">
          <strong>{plural(chosen.length, 'name')} selected</strong>
          <Button small disabled={chosen.every((one) => one.hidden)} onClick={() => hide(chosen.filter((one) => !one.hidden).map((one) => one.name), true, () => setSelected(new Set()))} data-testid="bulk-hide">Hide</Button>
          <Button small disabled={chosen.every((one) => !one.hidden)} onClick={() => hide(chosen.filter((one) => one.hidden).map((one) => one.name), false, () => setSelected(new Set()))}>Offer again</Button>
          <Button small variant="ghost" onClick={() => setSelected(new Set())}>Clear</Button>
        </div>
      )}
      <div className={styles['sortBy']}>
        <Select label="Sorted by" value={state.sort} onChange={(event) => update({ sort: all.find((one) => one.sort === event.target.value)?.sort ?? 'volume', turned: false })}>
          {all.map((one) => one.sort !== undefined && <option key={one.label} value={one.sort}>Sorted by: {one.label}</option>)}
        </Select>
      </div>
      <div className={styles['scroll']}>
        <table className={styles['names']} data-testid={testId}>
          <thead>
            <tr>
              <th scope="col" className={styles['tick']} hidden={!editable}>
                <Checkbox label={<Hidden>Select all that are shown</Hidden>} checked={visible.length > 0 && visible.every((row) => selected.has(row.name))}
                  onChange={(event) => setSelected(event.target.checked ? new Set(visible.map((row) => row.name)) : new Set())} />
              </th>
              {all.map((column) => (
                <th key={column.label} scope="col" data-wide={column.wide} data-rest={column.rest} className={column.className}
                  aria-sort={column.sort === undefined || column.sort !== state.sort ? undefined : (typeof by(ordered[0] ?? ({} as Row)) === 'string') !== state.turned ? 'ascending' : 'descending'}>
                  {column.sort === undefined ? column.label : (
                    <button type="button" data-current={column.sort === state.sort} data-turned={state.turned}
                      onClick={() => update({ sort: column.sort ?? 'volume', turned: column.sort === state.sort && !state.turned })}>{column.label}</button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {visible.map((row) => (
              <tr key={row.name} data-hidden={row.hidden} data-name={row.name}>
                <td className={styles['tick']} hidden={!editable}><Checkbox label={<Hidden>Select {row.name}</Hidden>} checked={selected.has(row.name)} onChange={() => toggle(row.name)} /></td>
                <th scope="row">
                  <button type="button" className={styles['name']} title={row.name} onClick={() => update({ open: row.name })}>
                    <span>{label(row.name)}</span>
                    {label(row.name) !== row.name && <small>{row.name}</small>}
                  </button>
                  <Description project={project} kind={kind} name={row.name} description={row.description ?? null} />
                </th>
                {columns.map((column) => <td key={column.label} data-label={column.label} data-wide={column.wide} data-rest={column.rest} className={column.className}>{column.cell(row)}</td>)}
                <td className={styles['offered']}>
                  {!editable ? row.hidden && 'Hidden' : <Button small variant="ghost" aria-label={row.hidden ? `Offer ${row.name} again` : `Hide ${row.name}`} data-testid="hide"
                    onClick={() => hide([row.name], !row.hidden)}>{row.hidden ? 'Offer' : 'Hide'}</Button>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {ordered.length > shown && (
        <div className={styles['foot']}>
          <span role="status">{plural(shown, 'name')} of {ordered.length} shown</span>
          <Button onClick={() => setShown(shown + atOnce)}>Show more</Button>
        </div>
      )}
    </>
  );
}

function useHide(project: string, kind: DefinitionKind) {
  const change = useChangeDefinitions(project);
  const toast = useToast();
  const hide = (names: string[], hidden: boolean, then?: () => void, undone = false) =>
    change.mutate({ kind, names, hidden }, {
      onSuccess: () => {
        then?.();
        const what = names.length === 1 ? `“${short(names[0] ?? '')}”` : plural(names.length, 'name');
        toast(hidden ? `${what} left out of lists` : `${what} offered again`, undone ? undefined : { action: { label: 'Undo', run: () => hide(names, !hidden, undefined, true) } });
      },
      onError: (error) => toast(errorText(error), { failed: true }),
    });
  return hide;
}

function short(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}
