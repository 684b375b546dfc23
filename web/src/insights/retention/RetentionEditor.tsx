import type { Project, RetentionCohort, RetentionMode } from '../../api/types';
import { Select } from '../../ui/controls';
import { classes } from '../../ui/classes';
import ui from '../../ui/ui.module.css';
import { FilterEditor } from '../../views/FilterEditor';
import styles from '../insight.module.css';
import { ActivityEditor } from '../shared/ActivityEditor';
import { BreakdownEditor } from '../shared/BreakdownEditor';
import { cohorts, modes, type RetentionState } from './state';

interface RetentionEditorProps {
  project: Project;
  state: RetentionState;
  onChange: (changed: Partial<RetentionState>) => void;
}

export function RetentionEditor({ project, state, onChange }: RetentionEditorProps) {
  const counts = [...new Set([1, 2, 3, 5, 10, state.returns])].sort((a, b) => a - b);
  return (
    <section className={classes(ui['card'], styles['builder'])} aria-label="Query" data-testid="retention-builder">
      <div className={styles['sentences']}>
        <ActivityEditor words="Persons who did" label="Event that a person starts with" project={project} activity={state.start} testId="start-event" onChange={(start) => onChange({ start })}>
          <Select label="Which start counts" className={styles['math']} value={state.cohort} onChange={(event) => onChange({ cohort: event.target.value as RetentionCohort })}>
            {cohorts.map((one) => <option key={one.cohort} value={one.cohort}>{one.label}</option>)}
          </Select>
        </ActivityEditor>
        <ActivityEditor words="and came back to do" label="Event that counts as coming back" project={project} activity={state.back} testId="return-event" onChange={(back) => onChange({ back })}>
          <Select label="How often at least" className={styles['math']} value={state.returns} onChange={(event) => onChange({ returns: Number(event.target.value) })}>
            {counts.map((one) => <option key={one} value={one}>{one === 1 ? 'at least once' : `at least ${String(one)} times`}</option>)}
          </Select>
        </ActivityEditor>
        <div className={styles['sentence']}>
          <span>with the {state.interval}s counted</span>
          <Select label="How intervals are counted" className={styles['math']} value={state.mode} data-testid="retention-mode"
            onChange={(event) => onChange({ mode: event.target.value as RetentionMode })}>
            {modes.map((one) => <option key={one.mode} value={one.mode}>{one.label}</option>)}
          </Select>
        </div>
      </div>
      <div className={styles['rest']}>
        <div className={styles['group']}>
          <h2>Filters</h2>
          <FilterEditor project={project.id} event={null} filters={state.filters} addLabel="Add a filter" onChange={(filters) => onChange({ filters })} />
        </div>
        <div className={styles['group']}>
          <h2>Breakdown</h2>
          <BreakdownEditor project={project.id} event={state.start.event} breakdown={state.breakdown} onChange={(breakdown) => onChange({ breakdown, shown: null })} />
        </div>
      </div>
    </section>
  );
}
