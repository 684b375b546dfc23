import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { insightQuery } from '../../api/queries';
import type { Answered, InsightQuery, Project } from '../../api/types';
import { formatAgo, formatMilliseconds } from '../../lib/format';
import { useNow } from '../../lib/now';
import { IconButton } from '../../ui/controls';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states';
import styles from '../insight.module.css';
import { Share } from './Share';
import { Waiting } from './Waiting';

interface AnswerProps<Result> {
  project: Project;
  query: InsightQuery;
  result: UseQueryResult<Result>;
  testId: string;
  /** What is drawn of it; nothing where it is empty, and `empty` is shown instead. */
  picture: (data: Result) => ReactNode;
  table: (data: Result) => ReactNode;
  empty?: ReactNode;
}

/** An answer and the states before and around it: loading, failed, empty, out of date. They all take the same room. */
export function Answer<Result extends Answered>({ project, query, result, testId, picture, table, empty }: AnswerProps<Result>) {
  const failed = result.isError && (
    <ErrorState title="The question could not be answered" error={result.error} retry={() => void result.refetch()} />
  );
  const waiting = <Waiting of={insightQuery(project.id, query).queryKey} result={result} />;
  if (!result.data) return failed ? <div className={styles['empty']}>{failed}</div> : <div className={styles['room']}><AnswerSkeleton busy={result.isFetching} />{waiting}</div>;
  const drawn = picture(result.data);
  return (
    <div className={styles['room']}>
      <div className={styles['result']} data-stale={result.isPlaceholderData} aria-busy={result.isFetching} data-testid={testId}>
        {failed}
        {drawn ? <div data-picture>{drawn}</div> : (
          <div className={styles['empty']}>
            <EmptyState icon="search" title="No such events in this time">
              {empty ?? 'Try a longer range or fewer filters. If you expected some, the Events view shows what has arrived.'}
            </EmptyState>
          </div>
        )}
        <Age project={project} query={query} answer={result.data} fetching={result.isFetching} onRefresh={() => void result.refetch()} />
        {table(result.data)}
      </div>
      {waiting}
    </div>
  );
}

function Age({ project, query, answer, fetching, onRefresh }: { project: Project; query: InsightQuery; answer: Answered; fetching: boolean; onRefresh: () => void }) {
  const now = useNow(1_000);
  return (
    <p className={styles['age']} data-testid="results-age">
      <span>
        Computed {formatAgo(answer.computedAt, Math.max(now, Date.parse(answer.computedAt)))} in {formatMilliseconds(answer.elapsedMs)} · times in {answer.timeZone.replaceAll('_', ' ')}
      </span>
      <Share project={project} query={query} />
      <IconButton small icon="refresh" label="Compute again" disabled={fetching} onClick={onRefresh} />
    </p>
  );
}

function AnswerSkeleton({ busy }: { busy: boolean }) {
  return (
    <div className={styles['result']} aria-busy={busy}>
      <div className={styles['legend']}><Skeleton width={140} height={30} /></div>
      <div className={styles['figure']}><Skeleton height={340} /></div>
      <div className={styles['age']}><Skeleton width={240} /></div>
    </div>
  );
}
