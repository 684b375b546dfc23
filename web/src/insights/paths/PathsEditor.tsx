import { useQuery } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';
import { eventNamesQuery, propertyValuesQuery } from '../../api/queries';
import type { Project } from '../../api/types';
import { eventLabel, formatCompact } from '../../lib/format';
import { Button, Checkbox, IconButton } from '../../ui/controls';
import { Picker, type PickerOption } from '../../ui/picker';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { FilterEditor } from '../../views/FilterEditor';
import styles from '../insight.module.css';
import { BreakdownEditor } from '../shared/BreakdownEditor';
import own from './paths.module.css';
import { itemKinds, switched, type PathsState } from './state';

interface PathsEditorProps {
  project: Project;
  state: PathsState;
  onChange: (changed: Partial<PathsState>) => void;
}

export function PathsEditor({ project, state, onChange }: PathsEditorProps) {
  return (
    <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="paths-builder">
      <div className={own['grid']}>
        <fieldset className={styles['group']}>
          <legend>Steps are</legend>
          <div className={own['kinds']}>
            {itemKinds.map(({ kind, label }) => (
              <Checkbox key={kind} label={label} checked={state.include.includes(kind)} onChange={() => onChange({ include: switched(state.include, kind) })} />
            ))}
          </div>
        </fieldset>
        <Point title="Start" label="Start point" project={project} state={state} value={state.start} testId="start-point" onChange={(start) => onChange({ start })} />
        <Point title="End" label="End point" project={project} state={state} value={state.end} testId="end-point" onChange={(end) => onChange({ end })} />
      </div>
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={null} filters={state.filters} addLabel="Add a filter" onChange={(filters) => onChange({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <BreakdownEditor project={project.id} event={null} breakdown={state.breakdown} onChange={(breakdown) => onChange({ breakdown, shown: null })} />
        </div>
        <div className={styles['group']}>
          <h2>Left out</h2>
          <div className={own['chips']}>
            <StepPicker multiple label="Steps to leave out" text={state.leave.length === 0 ? 'Nothing' : state.leave.map(eventLabel).join(', ')} project={project} state={state}
              selected={state.leave} testId="leave-out" onSelect={(leave) => onChange({ leave })} />
          </div>
        </div>
        <div className={styles['group']}>
          <h2>Taken as one</h2>
          <Groups groups={state.groups} onChange={(groups) => onChange({ groups })} />
        </div>
      </div>
    </section>
  );
}

interface PointProps {
  title: string;
  label: string;
  project: Project;
  state: PathsState;
  value: string | null;
  testId: string;
  onChange: (value: string | null) => void;
}

function Point({ title, label, project, state, value, testId, onChange }: PointProps) {
  return (
    <div className={styles['group']}>
      <h2>{title}</h2>
      <div className={own['point']}>
        <StepPicker label={label} text={value === null ? 'Anywhere' : eventLabel(value)} project={project} state={state} selected={value === null ? [] : [value]} testId={testId}
          onSelect={([chosen]) => onChange(chosen ?? null)} />
        {value !== null && <IconButton small icon="close" label={`Remove the ${label.toLowerCase()}`} onClick={() => onChange(null)} />}
      </div>
    </div>
  );
}

interface StepPickerProps {
  label: string;
  text: string;
  project: Project;
  state: PathsState;
  selected: readonly string[];
  multiple?: boolean;
  testId: string;
  onSelect: (values: string[]) => void;
}

/** What can be a step, as far as it is known: pages and screens by their values, events by their names; anything may be typed. */
function StepPicker({ label, text, project, state, selected, multiple = false, testId, onSelect }: StepPickerProps) {
  const [search, setSearch] = useState<string | null>(null);
  const open = search !== null;
  const pages = useQuery({ ...propertyValuesQuery(project.id, '$pathname', '$pageview', search ?? ''), enabled: open && state.include.includes('pages') });
  const screens = useQuery({ ...propertyValuesQuery(project.id, '$screen_name', '$screen', search ?? ''), enabled: open && state.include.includes('screens') });
  const events = useQuery({ ...eventNamesQuery(project.id, search ?? ''), enabled: open && state.include.includes('events') });
  const all = [pages, screens, events];
  const option = (value: string, count: number): PickerOption => ({ value, label: eventLabel(value), meta: formatCompact(count) });
  const options = all.some((one) => one.isLoading)
    ? undefined
    : [
        ...[...(pages.data ?? []), ...(screens.data ?? [])].map((one) => option(one.value, one.count)),
        ...(events.data ?? []).filter((one) => !one.name.startsWith('$')).map((one) => option(one.name, one.count)),
      ].filter((one, index, list) => list.findIndex((other) => other.value === one.value) === index);
  return (
    <Picker custom multiple={multiple} label={label} text={text} placeholder="Find or type a step" selected={selected} options={options}
      error={all.find((one) => one.error)?.error} onSearch={setSearch} onSelect={onSelect} emptyText="No step has such a name yet." testId={testId} />
  );
}

/** Patterns such as /item/*, each of which makes one step of all that match. */
function Groups({ groups, onChange }: { groups: readonly string[]; onChange: (groups: string[]) => void }) {
  const [text, setText] = useState('');
  const add = () => {
    const pattern = text.trim();
    if (pattern !== '' && !groups.includes(pattern)) onChange([...groups, pattern]);
    setText('');
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter') add();
  };
  return (
    <>
      {groups.length > 0 && (
        <ul className={own['chips']}>
          {groups.map((one) => (
            <li key={one}>
              <code>{one}</code>
              <IconButton small icon="close" label={`Remove the pattern ${one}`} onClick={() => onChange(groups.filter((other) => other !== one))} />
            </li>
          ))}
        </ul>
      )}
      <div className={own['add']}>
        <input className={ui['input']} type="text" aria-label="Pattern of steps to take as one" placeholder="/product/*" value={text} maxLength={400} spellCheck={false} data-testid="pattern"
          onChange={(event) => setText(event.target.value)} onKeyDown={press} />
        <Button disabled={text.trim() === ''} onClick={add}>Add</Button>
      </div>
    </>
  );
}
