import { useQueryClient, type QueryKey, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useProgress, type Progress } from '../../api/progress';
import { formatCompact, formatNumber } from '../../lib/format';
import { useNow } from '../../lib/now';
import { Button } from '../../ui/controls';
import styles from './waiting.module.css';

/** Most answers are there before this, and what comes and goes within it would only flicker. */
const worthSaying = 1_000;

interface WaitingProps {
  /** The question's key. */
  of: QueryKey;
  result: Pick<UseQueryResult, 'isPending' | 'isPlaceholderData' | 'isError' | 'fetchStatus' | 'refetch'>;
}

/**
 * Where a question is that is not answered soon, with a way to stop it; once stopped, a way to ask it after all. It lies
 * over the room of the answer. Nothing where the answer is there, also while it is computed again.
 */
export function Waiting({ of, result }: WaitingProps) {
  const client = useQueryClient();
  const progress = useProgress(of);
  const due = useDue(progress?.since ?? null);
  if ((!result.isPending && !result.isPlaceholderData) || result.isError) return null;
  if (result.fetchStatus === 'idle') return <Stopped onAsk={() => void result.refetch()} />;
  if (progress === null || !due) return null;
  return <OnTheWay progress={progress} onCancel={() => void client.cancelQueries({ queryKey: of, exact: true })} />;
}

export function OnTheWay({ progress, onCancel }: { progress: Progress; onCancel: () => void }) {
  const now = useNow(1_000);
  return (
    <div className={styles['over']} data-testid="waiting">
      <div className={styles['card']}>
        <p role="status">{progressText(progress)}</p>
        <small>{formatNumber(Math.max(1, Math.floor((now - progress.since) / 1_000)))} s</small>
        <Button small variant="ghost" onClick={onCancel}>Cancel</Button>
        <i className={styles['bar']} data-state={progress.state} aria-hidden="true" />
      </div>
    </div>
  );
}

/** The button that was pressed is gone, so the other one has the focus. */
function Stopped({ onAsk }: { onAsk: () => void }) {
  return (
    <div className={styles['over']} data-testid="stopped">
      <div className={styles['card']}>
        <p role="status">Cancelled before it was answered</p>
        <Button small autoFocus icon="refresh" onClick={onAsk}>Ask again</Button>
      </div>
    </div>
  );
}

export function progressText(progress: Progress): string {
  switch (progress.state) {
    case 'sent':
      return 'Waiting for the answer';
    case 'queued':
      return `Place ${formatNumber(progress.place)} in the queue`;
    case 'running':
      return progress.estimatedRows > 0 ? `Reading ${formatCompact(progress.estimatedRows)} rows` : 'Computing the answer';
  }
}

/** Whether what began at this instant has gone on for long enough to speak of. */
export function useDue(since: number | null): boolean {
  const [due, setDue] = useState<number | null>(null);
  useEffect(() => {
    if (since === null) return;
    const timer = window.setTimeout(() => setDue(since), since + worthSaying - Date.now());
    return () => window.clearTimeout(timer);
  }, [since]);
  return since !== null && due === since;
}
