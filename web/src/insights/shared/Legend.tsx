import chartStyles from '../../charts/charts.module.css';
import { formatChange } from '../../lib/format';
import styles from '../insight.module.css';

export interface LegendEntry {
  key: string;
  label: string;
  color: string;
  hidden: boolean;
  /** The series in one number; empty where it has none. */
  text: string;
  change?: number | null;
}

/** Names the series of a picture; a press switches one off and on. */
export function Legend({ entries, onToggle }: { entries: readonly LegendEntry[]; onToggle: (key: string) => void }) {
  return (
    <ul className={styles['legend']} aria-label="Series" data-testid="legend">
      {entries.map((one) => (
        <li key={one.key}>
          <button type="button" aria-pressed={!one.hidden} onClick={() => onToggle(one.key)} title={one.hidden ? `Show ${one.label}` : `Hide ${one.label}`}>
            <i className={chartStyles['swatch']} style={{ background: one.color }} />
            <span>{one.label}</span>
            {one.text !== '' && <b>{one.text}</b>}
            {typeof one.change === 'number' && <em data-up={one.change >= 0}>{formatChange(one.change)}</em>}
          </button>
        </li>
      ))}
    </ul>
  );
}
