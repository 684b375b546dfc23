import type { ReactNode } from 'react';
import type { Project } from '../../api/types';
import { EventPicker, FilterEditor } from '../../views/FilterEditor';
import styles from '../insight.module.css';
import type { Activity } from './activity';

interface ActivityEditorProps {
  words: string;
  label: string;
  project: Project;
  activity: Activity;
  testId: string;
  onChange: (activity: Activity) => void;
  children?: ReactNode;
}

export function ActivityEditor({ words, label, project, activity, testId, onChange, children }: ActivityEditorProps) {
  return (
    <div className={styles['sentence']}>
      <span>{words}</span>
      <div className={styles['parts']}>
        <div className={styles['line']}>
          <EventPicker project={project.id} value={activity.event} label={label} testId={testId} onChange={(event) => onChange({ ...activity, event })} />
          {children}
        </div>
        <FilterEditor project={project.id} event={activity.event} filters={activity.filters} addLabel="Where…" onChange={(filters) => onChange({ ...activity, filters })} />
      </div>
    </div>
  );
}
