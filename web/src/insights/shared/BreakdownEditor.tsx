import { IconButton, Select } from '../../ui/controls';
import { PropertyPicker } from '../../views/FilterEditor';
import styles from '../insight.module.css';
import { maxBreakdown, type Breakdown } from './breakdown';

interface BreakdownEditorProps {
  project: string;
  event: string | null;
  breakdown: Breakdown;
  onChange: (breakdown: Breakdown) => void;
}

export function BreakdownEditor({ project, event, breakdown, onChange }: BreakdownEditorProps) {
  const { property, limit } = breakdown;
  return (
    <div className={styles['breakdown']}>
      <PropertyPicker project={project} event={event} value={property} label="Property to break down by" placeholder="None"
        testId="breakdown" onChange={(chosen) => onChange({ ...breakdown, property: chosen })} />
      {property !== null && (
        <>
          <Select label="How many values" className={styles['limit']} value={limit} onChange={(change) => onChange({ ...breakdown, limit: Number(change.target.value) })}>
            {[...new Set([3, 5, 10, maxBreakdown, limit])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>top {one}</option>)}
          </Select>
          <IconButton small icon="close" label="Remove the breakdown" onClick={() => onChange({ ...breakdown, property: null })} />
        </>
      )}
    </div>
  );
}
