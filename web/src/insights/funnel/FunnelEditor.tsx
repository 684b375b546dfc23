import { useId, useRef, useState } from 'react';
import type { FunnelAttribution, FunnelOrder, FunnelWindow, FunnelWindowUnit, Project } from '../../api/types';
import { eventLabel } from '../../lib/format';
import { Button, Checkbox, Hidden, IconButton, Select } from '../../ui/controls';
import { Icon } from '../../ui/icons';
import { useSortable } from '../../ui/sortable';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { EventPicker, FilterEditor } from '../../views/FilterEditor';
import styles from '../insight.module.css';
import { BreakdownEditor } from '../shared/BreakdownEditor';
import { NameField } from '../shared/NameField';
import own from './funnel.module.css';
import {
  addExclusion,
  attributions,
  isWindow,
  maxExclusions,
  maxSteps,
  mayBeOptional,
  moveStep,
  newStep,
  orders,
  removeStep,
  windowUnits,
  type ExclusionState,
  type FunnelState,
  type StepState,
} from './state';

interface FunnelEditorProps {
  project: Project;
  state: FunnelState;
  onChange: (state: FunnelState) => void;
}

export function FunnelEditor({ project, state, onChange }: FunnelEditorProps) {
  const [said, setSaid] = useState('');
  const hint = useId();
  const update = (changed: Partial<FunnelState>) => onChange({ ...state, ...changed, hidden: [] });
  const list = useRef<HTMLOListElement>(null);
  const { grip, place, dragged } = useSortable<HTMLOListElement, HTMLButtonElement>(list, state.steps.length, (from, to) => {
    onChange(moveStep(state, from, to));
    setSaid(`${stepName(state.steps[from] ?? newStep)} is now step ${String(to + 1)} of ${String(state.steps.length)}.`);
  });
  const replace = (index: number, step: StepState) => update({ steps: state.steps.map((one, at) => (at === index ? step : one)) });
  return (
    <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="funnel-builder">
      <ol ref={list} className={own['steps']} data-dragging={dragged !== null}>
        {state.steps.map((step, index) => (
          <li key={index} className={own['step']} style={place(index)} data-dragged={dragged === index} data-testid="funnel-step">
            <button type="button" className={own['grip']} {...grip(index)} aria-describedby={hint}
              aria-label={`Move step ${String(index + 1)}, ${stepName(step)}`} title="Drag, or move with the arrow keys">
              <Icon name="grip" />
              <span aria-hidden="true">{index + 1}</span>
            </button>
            <StepEditor project={project} step={step} number={index + 1} optional={mayBeOptional(state, index)}
              onChange={(changed) => replace(index, changed)}
              onRemove={state.steps.length > 2 ? () => onChange(removeStep(state, index)) : undefined} />
          </li>
        ))}
      </ol>
      <Hidden><span id={hint}>Arrow up and arrow down move the step.</span><span role="status">{said}</span></Hidden>
      {state.steps.length < maxSteps && (
        <Button small variant="ghost" icon="plus" className={own['add']} data-testid="add-step"
          onClick={() => update({ steps: [...state.steps, newStep] })}>
          Add a step
        </Button>
      )}
      <div className={own['sentence']}>
        <label>
          <span>Taken</span>
          <Select label="Order of the steps" value={state.order} data-testid="funnel-order"
            onChange={(event) => update({ order: event.target.value as FunnelOrder })}>
            {orders.map((one) => <option key={one.order} value={one.order}>{one.label}</option>)}
          </Select>
        </label>
        <span className={own['window']}>
          <span>within</span>
          <WindowField key={`${String(state.window.count)} ${state.window.unit}`} window={state.window} onChange={(window) => update({ window })} />
        </span>
      </div>
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={null} filters={state.filters} addLabel="Add a filter" onChange={(filters) => update({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <BreakdownEditor project={project.id} event={null} breakdown={state.breakdown} onChange={(breakdown) => update({ breakdown })} />
          {state.breakdown.property !== null && (
            <div className={own['by']}>
              <span>by</span>
              <Select label="Which value a person is counted under" value={state.attribution}
                onChange={(event) => update({ attribution: event.target.value as FunnelAttribution })}>
                {attributions.map((one) => <option key={one.attribution} value={one.attribution}>{one.label}</option>)}
              </Select>
              {state.attribution === 'step' && (
                <StepSelect label="The step whose value counts" state={state} value={state.attributionStep} onChange={(attributionStep) => update({ attributionStep })} />
              )}
            </div>
          )}
        </div>
        <div className={classes(styles['group'], own['wide'])}>
          <h2>Exclusions</h2>
          {state.exclusions.map((exclusion, index) => (
            <ExclusionEditor key={index} project={project} state={state} exclusion={exclusion}
              onChange={(changed) => update({ exclusions: state.exclusions.map((one, at) => (at === index ? changed : one)) })}
              onRemove={() => update({ exclusions: state.exclusions.filter((_, at) => at !== index) })} />
          ))}
          {state.exclusions.length < maxExclusions && (
            <Button small variant="ghost" icon="plus" className={own['flush']} data-testid="add-exclusion" title="Leaves out persons who did something between two steps"
              onClick={() => onChange(addExclusion(state))}>
              Add an exclusion
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}

interface StepEditorProps {
  project: Project;
  step: StepState;
  number: number;
  optional: boolean;
  onChange: (step: StepState) => void;
  onRemove: (() => void) | undefined;
}

function StepEditor({ project, step, number, optional, onChange, onRemove }: StepEditorProps) {
  const [naming, setNaming] = useState(false);
  return (
    <div className={styles['parts']}>
      <div className={styles['line']}>
        <EventPicker project={project.id} value={step.event} label={`Event of step ${String(number)}`} onChange={(event) => onChange({ ...step, event })} />
        {(naming || step.name !== '') && (
          <NameField key={step.name} name={step.name} label={`Name of step ${String(number)}`} focus={naming} onChange={(name) => {
            setNaming(false);
            if (name !== step.name) onChange({ ...step, name });
          }} />
        )}
        {optional && <Checkbox label="Optional" checked={step.optional} onChange={(event) => onChange({ ...step, optional: event.target.checked })} />}
        <span className={styles['tools']}>
          {!naming && step.name === '' && <IconButton small icon="edit" label={`Name step ${String(number)}`} onClick={() => setNaming(true)} />}
          {onRemove && <IconButton small icon="close" label={`Remove step ${String(number)}, ${stepName(step)}`} onClick={onRemove} />}
        </span>
      </div>
      <FilterEditor project={project.id} event={step.event ?? null} filters={step.filters} addLabel="Where…" onChange={(filters) => onChange({ ...step, filters })} />
    </div>
  );
}

interface ExclusionEditorProps {
  project: Project;
  state: FunnelState;
  exclusion: ExclusionState;
  onChange: (exclusion: ExclusionState) => void;
  onRemove: () => void;
}

function ExclusionEditor({ project, state, exclusion, onChange, onRemove }: ExclusionEditorProps) {
  return (
    <div className={own['exclusion']} data-testid="exclusion">
      <div className={styles['line']}>
        <EventPicker project={project.id} value={exclusion.event} label="Event that takes a person out" onChange={(event) => onChange({ ...exclusion, event })} />
        <span className={own['between']}>
          after
          <StepSelect label="After which step" state={state} value={exclusion.from} upTo={state.steps.length - 2}
            onChange={(from) => onChange({ ...exclusion, from, to: Math.max(exclusion.to, from + 1) })} />
        </span>
        <span className={own['between']}>
          before
          <StepSelect label="Before which step" state={state} value={exclusion.to} from={exclusion.from + 1} onChange={(to) => onChange({ ...exclusion, to })} />
        </span>
        <IconButton small icon="close" label="Remove the exclusion" onClick={onRemove} />
      </div>
      <FilterEditor project={project.id} event={exclusion.event ?? null} filters={exclusion.filters} addLabel="Where…"
        onChange={(filters) => onChange({ ...exclusion, filters })} />
    </div>
  );
}

interface StepSelectProps {
  label: string;
  state: FunnelState;
  value: number;
  from?: number;
  upTo?: number;
  onChange: (step: number) => void;
}

function StepSelect({ label, state, value, from = 0, upTo = state.steps.length - 1, onChange }: StepSelectProps) {
  return (
    <Select label={label} value={value} onChange={(event) => onChange(Number(event.target.value))}>
      {state.steps.map((step, index) => index >= from && index <= upTo && (
        <option key={index} value={index}>{index + 1}. {stepName(step)}</option>
      ))}
    </Select>
  );
}

// The number is taken over when the field is left: each digit on the way would be a query of its own.
function WindowField({ window, onChange }: { window: FunnelWindow; onChange: (window: FunnelWindow) => void }) {
  const [text, setText] = useState(String(window.count));
  const typed = { ...window, count: Number(text) };
  const take = () => {
    if (isWindow(typed) && typed.count !== window.count) onChange(typed);
  };
  return (
    <>
      <input className={classes(ui['input'], own['count'])} type="number" min={1} step={1} aria-label="Length of the window" aria-invalid={!isWindow(typed)}
        value={text} data-testid="window-count" onChange={(event) => setText(event.target.value)} onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
        }} />
      <Select label="Unit of the window" value={window.unit} onChange={(event) => {
        const unit = event.target.value as FunnelWindowUnit;
        onChange(isWindow({ ...window, unit }) ? { ...window, unit } : { count: 1, unit });
      }}>
        {windowUnits.map((one) => <option key={one.unit} value={one.unit}>{one.label}</option>)}
      </Select>
    </>
  );
}

function stepName(step: StepState): string {
  if (step.name !== '') return step.name;
  return step.event === undefined ? 'not chosen yet' : eventLabel(step.event);
}
