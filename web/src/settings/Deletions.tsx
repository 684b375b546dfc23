import { useQuery } from '@tanstack/react-query';
import { deletionsQuery } from '../api/removal';
import type { DeletionReceipt, Project } from '../api/types';
import { downloadFile } from '../lib/csv';
import { formatFull, formatMoment, plural } from '../lib/format';
import { Button } from '../ui/controls';
import { ErrorState, Skeleton } from '../ui/states';
import settings from '../views/Settings.module.css';
import styles from './deletions.module.css';

/** Receipts of persons who were deleted, the newest first. */
export function Deletions({ project }: { project: Project }) {
  const deletions = useQuery(deletionsQuery(project.id));
  if (deletions.isPending) return <Skeleton height={64} />;
  if (deletions.isError) return <ErrorState title="The receipts could not be read" error={deletions.error} retry={() => void deletions.refetch()} />;
  if (deletions.data.length === 0) return <p className={settings['hint']}>Nobody was deleted yet.</p>;
  return (
    <ul className={styles['receipts']} data-testid="deletions">
      {deletions.data.map((one) => <Receipt key={one.id} project={project} receipt={one} />)}
    </ul>
  );
}

const states: Record<DeletionReceipt['state'], string> = { waiting: 'Waiting', running: 'Running', done: 'Done', failed: 'Stopped' };

function Receipt({ project, receipt }: { project: Project; receipt: DeletionReceipt }) {
  const moment = (instant: string) => <time dateTime={instant} title={formatFull(instant, undefined, project.timeZone)}>{formatMoment(instant, undefined, project.timeZone)}</time>;
  return (
    <li>
      <div className={styles['receipt']}>
        <div className={styles['head']}>
          <span className={styles['state']} data-state={receipt.state} role="status">{states[receipt.state]}</span>
          <strong>
            {receipt.state === 'waiting' ? 'Until what arrived before is stored' : `${plural(receipt.events, 'event')} removed, ${plural(receipt.distinctIds, 'distinct ID')} forgotten`}
          </strong>
        </div>
        <code>{receipt.person}</code>
        <small>
          Asked for by {receipt.requestedBy} {moment(receipt.requestedAt)}
          {receipt.completedAt !== null && <>, done {moment(receipt.completedAt)}</>}.{' '}
          {receipt.logClearedAt !== null
            ? <>The event log holds no copy since {moment(receipt.logClearedAt)}.</>
            : receipt.logClearedBy !== null && <>The event log holds a copy until {moment(receipt.logClearedBy)} at the latest.</>}
        </small>
        {receipt.reason !== null && <p role="alert">{receipt.reason}</p>}
      </div>
      <Button small variant="ghost" aria-label={`Download the receipt for ${receipt.person}`}
        onClick={() => downloadFile(`headroom-deletion-${receipt.id}.json`, JSON.stringify(receipt, null, 2), 'application/json')}>
        Download
      </Button>
    </li>
  );
}
