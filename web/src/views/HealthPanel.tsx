import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../api/queries';
import { formatMoment } from '../lib/format';
import { parts } from '../lib/health';
import { ErrorState, Skeleton } from '../ui/states';
import styles from './Health.module.css';

/** Every part of the server and how it is. */
export function HealthPanel({ timeZone }: { timeZone: string }) {
  const { data, isPending, error, refetch } = useQuery(healthQuery);
  if (isPending) return <Skeleton height={120} />;
  if (!data) return <ErrorState title="The server’s health could not be read" error={error} retry={() => void refetch()} />;
  return (
    <ul className={styles['parts']} data-testid="parts">
      {parts(data).map((part) => (
        <li key={part.id} data-ok={part.ok}>
          <i aria-hidden="true" />
          <strong>{part.name}</strong>
          <span>
            {part.ok ? 'Well' : `Not well: ${part.means}.`}
            {part.detail !== null && ` ${part.detail}`}
            {!part.ok && part.since !== null && ` Since ${formatMoment(part.since, undefined, timeZone)}.`}
          </span>
        </li>
      ))}
    </ul>
  );
}
