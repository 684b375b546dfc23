import { useQuery } from '@tanstack/react-query';
import { ledgerQuery } from '../api/settings';
import type { Ledger, Project } from '../api/types';
import { formatNumber, plural } from '../lib/format';
import { difference } from '../lib/ledger';
import { Link } from '../lib/router';
import { projectAddress } from '../lib/routes';
import { ErrorState, Note, Skeleton } from '../ui/states';
import styles from './Settings.module.css';

const parts: readonly { key: Exclude<keyof Ledger, 'received' | 'removed'>; label: string; hint: string; color: string }[] = [
  { key: 'stored', label: 'Stored', hint: 'to be found in every view', color: 'var(--series-0)' },
  { key: 'duplicates', label: 'Duplicates', hint: 'sent again by a retry, counted once', color: 'var(--series-3)' },
  { key: 'rejected', label: 'Rejected', hint: 'not valid; the sender was told', color: 'var(--series-4)' },
  { key: 'waiting', label: 'Waiting', hint: 'safe on disk, about to be stored', color: 'var(--series-1)' },
];

/** Where every received event went. */
export function LedgerPanel({ project }: { project: Project }) {
  const { data: ledger, isPending, error, refetch } = useQuery(ledgerQuery(project.id));
  if (isPending) return <Skeleton height={180} />;
  if (!ledger) return <ErrorState title="The ledger could not be read" error={error} retry={() => void refetch()} />;
  const off = difference(ledger);
  const { retention, deletion } = ledger.removed;
  return (
    <div className={styles['ledger']} data-testid="ledger">
      <p className={styles['received']}>
        <strong>{formatNumber(ledger.received)}</strong> received
      </p>
      <div className={styles['shares']} aria-hidden="true">
        {parts.map((part) => (
          <i key={part.key} style={{ flexGrow: ledger[part.key], background: part.color }} data-none={ledger[part.key] === 0} />
        ))}
      </div>
      <dl>
        {parts.map((part, index) => (
          <div key={part.key}>
            <dt><i style={{ background: part.color }} aria-hidden="true" />{part.label}</dt>
            <dd>{index > 0 && <span aria-hidden="true">+ </span>}{formatNumber(ledger[part.key])}</dd>
            <dd className={styles['hint']}>{part.hint}</dd>
          </div>
        ))}
      </dl>
      {retention + deletion > 0 && (
        <p className={styles['hint']} data-testid="removed">
          Of the stored, {plural(retention + deletion, 'event was', 'events were')} removed since: {formatNumber(retention)} by the retention, {formatNumber(deletion)} with deleted persons.
        </p>
      )}
      {off === 0 ? (
        <Note kind="good">It adds up: every received event is accounted for.</Note>
      ) : (
        <Note kind="danger">{plural(Math.abs(off), 'event')} {off > 0 ? 'missing' : 'too many'}. Look at the health of the server’s parts.</Note>
      )}
      <p><Link href={projectAddress(project.id, 'data', 'tab=problems')}>Why events were rejected or changed</Link></p>
    </div>
  );
}
