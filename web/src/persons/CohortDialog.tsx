import { useState, type SubmitEvent } from 'react';
import { useChangeCohort, useCreateCohort } from '../api/persons';
import type { CohortDetails, CohortOrigin, Project } from '../api/types';
import { plural } from '../lib/format';
import { maxText } from '../state/texts';
import { Button, IconButton, Segments, Select, TextField } from '../ui/controls';
import { Dialog, DialogFoot } from '../ui/dialog';
import { errorText, Note } from '../ui/states';
import { useToast } from '../ui/toasts';
import ui from '../ui/ui.module.css';
import { EventPicker, FilterEditor } from '../views/FilterEditor';
import { describeCondition } from './cohort';
import { comparisons, fromCondition, mostDays, mostRules, mostTimes, newCondition, newDid, newPerson, toCondition, type ConditionState, type RuleState } from './condition';
import { idsOf, mostMembers } from './list';
import { MemberList, noList, type ListState } from './MemberList';
import styles from './persons.module.css';

interface CohortDialogProps {
  project: Project;
  /** The cohort to change; a new one where there is none. */
  cohort?: CohortDetails;
  onClose: () => void;
}

type Kind = 'condition' | 'list';

/** A cohort of whoever meets a condition, asked anew with every question; or a list of persons, looked up once. */
export default function CohortDialog({ project, cohort, onClose }: CohortDialogProps) {
  const [name, setName] = useState(cohort?.name ?? '');
  const [kind, setKind] = useState<Kind>(cohort?.condition === null ? 'list' : 'condition');
  const [state, setState] = useState<ConditionState>(() => (cohort?.condition ? fromCondition(cohort.condition) : null) ?? newCondition);
  const [list, setList] = useState<ListState>(noList);
  const create = useCreateCohort(project.id);
  const change = useChangeCohort(project.id);
  const toast = useToast();
  const condition = toCondition(state);
  const { ids } = idsOf(list.table, list.column);
  // A list that is there stays where none is given in its place.
  const kept = kind === 'list' && cohort?.condition === null && ids.length === 0;
  const origin: CohortOrigin | null = kind === 'condition' ? condition && { condition } : ids.length > 0 && ids.length <= mostMembers ? { members: { distinctIds: ids } } : null;
  const ready = name.trim() !== '' && (origin !== null || kept);
  const pending = create.isPending || change.isPending;
  const error = create.error ?? change.error;
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (!ready || pending) return;
    const onSuccess = (saved: CohortDetails) => {
      toast(kind === 'list' && !kept && saved.size !== null ? `“${name.trim()}” is saved: ${foundText(saved.size, ids.length)}` : `“${name.trim()}” is saved`);
      onClose();
    };
    if (cohort) change.mutate({ id: cohort.id, name: name.trim(), ...(origin === null ? {} : { origin }) }, { onSuccess });
    else if (origin !== null) create.mutate({ name: name.trim(), origin }, { onSuccess });
  };
  return (
    <Dialog wide title={cohort ? `Change “${cohort.name}”` : 'New cohort'} onClose={onClose} testId="cohort-dialog">
      <form className={styles['conditionForm']} onSubmit={save}>
        <TextField label="Name" value={name} maxLength={maxText} autoFocus autoComplete="off" data-testid="cohort-name" onChange={(event) => setName(event.target.value)} />
        <div className={styles['match']}>
          <span>Made</span>
          <Segments label="What the cohort is made of" value={kind} onChange={setKind}
            options={[{ value: 'condition', label: 'by a condition' }, { value: 'list', label: 'of a list' }]} />
        </div>
        {kind === 'condition'
          ? <Condition project={project} state={state} onChange={setState} />
          : <MemberList list={list} kept={cohort?.condition === null ? cohort.size : undefined} onChange={setList} />}
        {error && <Note kind="danger"><p>{errorText(error)}</p></Note>}
        {kind === 'condition' && <p className={styles['sentence']} aria-live="polite">{condition === null ? 'Finish each condition to save.' : `In it: who ${describeCondition(condition)}.`}</p>}
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" disabled={!ready || pending}>{pending ? 'Saving…' : 'Save'}</Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** The server answers with how many persons they are; it names none that it does not know. */
function foundText(persons: number, ids: number): string {
  return persons === 0 ? `no person has one of these ${plural(ids, 'ID')}` : `${plural(persons, 'person')} of ${plural(ids, 'ID')}`;
}

function Condition({ project, state, onChange }: { project: Project; state: ConditionState; onChange: (state: ConditionState) => void }) {
  const replace = (index: number, rule: RuleState) => onChange({ ...state, rules: state.rules.map((one, at) => (at === index ? rule : one)) });
  return (
    <>
      <div className={styles['match']}>
        <span>Persons who meet</span>
        <Segments label="How many conditions must hold" value={state.match} onChange={(match) => onChange({ ...state, match })}
          options={[{ value: 'all', label: 'all of these' }, { value: 'any', label: 'any of these' }]} />
      </div>
      <ol className={styles['rules']} data-testid="rules">
        {state.rules.map((rule, index) => (
          <li key={index}>
            <Rule project={project} rule={rule} number={index + 1} onChange={(changed) => replace(index, changed)} />
            {state.rules.length > 1 && (
              <IconButton small icon="close" label={`Remove condition ${String(index + 1)}`} onClick={() => onChange({ ...state, rules: state.rules.filter((_, at) => at !== index) })} />
            )}
          </li>
        ))}
      </ol>
      {state.rules.length < mostRules && (
        <div className={styles['addRule']}>
          <Button small variant="ghost" icon="plus" data-testid="add-did" onClick={() => onChange({ ...state, rules: [...state.rules, newDid] })}>What they did</Button>
          <Button small variant="ghost" icon="plus" data-testid="add-person" onClick={() => onChange({ ...state, rules: [...state.rules, newPerson] })}>Who they are</Button>
        </div>
      )}
    </>
  );
}

function Rule({ project, rule, number, onChange }: { project: Project; rule: RuleState; number: number; onChange: (rule: RuleState) => void }) {
  if (rule.kind === 'person') {
    return (
      <div className={styles['rule']}>
        <span>have</span>
        <FilterEditor project={project.id} event={null} of="person" filters={rule.filters} addLabel="Add a property" onChange={(filters) => onChange({ ...rule, filters })} />
      </div>
    );
  }

  return (
    <div className={styles['rule']}>
      <span>did</span>
      <EventPicker project={project.id} value={rule.event} label={`Event of condition ${String(number)}`} onChange={(event) => onChange({ ...rule, event })} />
      <Select label="How often" className={styles['often']} value={rule.comparison} onChange={({ target }) => onChange({ ...rule, comparison: comparisons.find((one) => one.comparison === target.value)?.comparison ?? rule.comparison })}>
        {comparisons.map((one) => <option key={one.comparison} value={one.comparison}>{one.label}</option>)}
      </Select>
      <NumberField label="Times" value={rule.times} least={0} most={mostTimes} onChange={(times) => onChange({ ...rule, times })} />
      <span>times in the last</span>
      <NumberField label="Days" value={rule.days} least={1} most={mostDays} onChange={(days) => onChange({ ...rule, days })} />
      <span>days</span>
      <FilterEditor project={project.id} event={rule.event ?? null} filters={rule.filters} addLabel="Where…" onChange={(filters) => onChange({ ...rule, filters })} />
    </div>
  );
}

function NumberField({ label, value, least, most, onChange }: { label: string; value: number; least: number; most: number; onChange: (value: number) => void }) {
  return (
    <input type="number" className={`${ui['input'] ?? ''} ${styles['number'] ?? ''}`} aria-label={label} min={least} max={most} step={1} required
      value={Number.isNaN(value) ? '' : value} onChange={(event) => onChange(event.target.value === '' ? Number.NaN : Number(event.target.value))} />
  );
}
