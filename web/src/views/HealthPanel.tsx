import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/client';
import { healthQuery } from '../api/queries';
import { formatMoment } from '../lib/format';
import { parts } from '../lib/health';
import { ErrorState, Note, Skeleton } from '../ui/states';
import styles from './Health.module.css';

/** Above every view while a part of the server is not well, or nothing answers. */
export function HealthBanner() {
  const { data, error } = useQuery(healthQuery);
  const unwell = error === null && data ? parts(data).filter((part) => !part.ok) : [];
  const gone = error instanceof ApiError && error.status === 0;
  return (
    <div data-testid="health">
      {gone && <div className={styles['banner']}><Note kind="danger">The server cannot be reached. What you see may be old; this page keeps trying.</Note></div>}
      {unwell.length > 0 && (
        <div className={styles['banner']}>
          <Note kind="danger">
            {unwell.map((part) => (
              <p key={part.id}><strong>{part.name} is not well:</strong> {part.means}.{part.detail !== null && ` ${part.detail}`}</p>
            ))}
          </Note>
        </div>
      )}
    </div>
  );
}

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
