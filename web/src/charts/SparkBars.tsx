import { formatNumber, plural } from '../lib/format';
import styles from './charts.module.css';

/** One small bar for each minute, oldest first. */
export function SparkBars({ values, height }: { values: readonly number[]; height: number }) {
  const most = Math.max(...values, 1);
  const total = values.reduce((sum, value) => sum + value, 0);
  const label = `Events in each of the last ${String(values.length)} minutes: ${formatNumber(total)} in total, at most ${plural(Math.max(...values, 0), 'event')} a minute.`;
  return (
    <div className={styles['sparks']} style={{ height }} role="img" aria-label={label} data-testid="spark-bars">
      {values.map((value, index) => (
        <span key={index} className={styles['spark']} data-empty={value === 0} style={{ height: `${(value / most) * 100}%` }}
          title={`${minutesAgo(values.length - 1 - index)}: ${plural(value, 'event')}`} />
      ))}
    </div>
  );
}

function minutesAgo(minutes: number): string {
  return minutes === 0 ? 'This minute' : `${plural(minutes, 'minute')} ago`;
}
