import { formatUnit } from '../charts/series';
import { change, formatChange } from '../lib/format';
import { Hidden } from '../ui/controls';
import { Skeleton } from '../ui/states';
import styles from './KeyNumbers.module.css';
import { verdict, type Compared, type Metric } from './metrics';

interface KeyNumbersProps<Key extends string> {
  /** Where each number has half the room, as on a dashboard. */
  small?: boolean;
  metrics: readonly Metric<Key>[];
  /** Null where none of them is drawn. */
  chosen: Key | null;
  /** Null while it is being asked for. */
  number: (key: Key) => Compared | null;
  compare: boolean;
  /** Nothing where there is no chart to choose for. */
  onChoose?: ((key: Key) => void) | undefined;
}

/** The numbers that a reader looks at first; a press draws one of them in the chart below. */
export function KeyNumbers<Key extends string>({ small = false, metrics, chosen, number, compare, onChoose }: KeyNumbersProps<Key>) {
  return (
    <ul className={styles['numbers']} data-small={small} aria-label="Key numbers" data-testid="key-numbers">
      {metrics.map((metric) => (
        <li key={metric.key}>
          {onChoose ? (
            <button type="button" aria-pressed={metric.key === chosen} title={`${metric.means}. Press to chart it.`} onClick={() => onChoose(metric.key)} data-testid={`number-${metric.key}`}>
              <One metric={metric} compared={number(metric.key)} compare={compare} />
            </button>
          ) : <div title={metric.means}><One metric={metric} compared={number(metric.key)} compare={compare} /></div>}
        </li>
      ))}
    </ul>
  );
}

function One<Key extends string>(shown: { metric: Metric<Key>; compared: Compared | null; compare: boolean }) {
  return <><span className={styles['numberName']}>{shown.metric.label}</span><Figure {...shown} /></>;
}

function Figure<Key extends string>({ metric, compared, compare }: { metric: Metric<Key>; compared: Compared | null; compare: boolean }) {
  if (!compared) {
    return (
      <>
        <span className={styles['numberValue']}><Skeleton width={72} height={26} /></span>
        {compare && <span className={styles['numberBefore']}><Skeleton width={96} height={12} /></span>}
      </>
    );
  }

  const ratio = change(compared.now, compared.before);
  return (
    <>
      <strong className={styles['numberValue']}>{formatUnit(metric.unit, compared.now)}</strong>
      {compare && (
        <span className={styles['numberBefore']}>
          {ratio !== null && <em data-verdict={verdict(ratio, metric.worse)}>{formatChange(ratio)}</em>}
          <span><Hidden>, </Hidden>from {formatUnit(metric.unit, compared.before)}</span>
        </span>
      )}
    </>
  );
}
