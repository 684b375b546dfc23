import type { QueryKey, UseQueryResult } from '@tanstack/react-query';
import { Suspense, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import type { TileAnswer, TileLook } from '../api/types';
import { fills, InsightPicture, isEmptyAnswer } from '../insights/InsightPicture';
import { rangeText } from '../insights/saved';
import { Waiting } from '../insights/shared/Waiting';
import { formatAgo, formatDate } from '../lib/format';
import { useNow } from '../lib/now';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { errorText, Skeleton } from '../ui/states';
import { Boundary } from '../views/Boundary';
import styles from './dashboards.module.css';

interface TileCardProps {
  title: string;
  look: TileLook;
  /** In rows of the grid. */
  height: number;
  timeZone: string;
  result: UseQueryResult<TileAnswer>;
  /** The question's key, where its place in the queue is told. */
  of?: QueryKey;
  /** Before the title: the handle by which the tile is moved. */
  start?: ReactNode;
  tools?: ReactNode;
  /** Whether the tile says the time that it is of. */
  ownRange: boolean;
}

/** A tile with its answer, or with what became of it; all of them take the same room. */
export function TileCard({ title, look, height, timeZone, result, of, start, tools, ownRange }: TileCardProps) {
  const { data } = result;
  return (
    <>
      <header className={styles['tileHead']} data-answered={data !== undefined} data-fetching={result.isFetching}>
        {start}
        <h2 title={title}>{title}</h2>
        {result.isError && data && (
          <span className={styles['old']} role="img" aria-label={`Not up to date: ${errorText(result.error)}`} title={errorText(result.error)}><Icon name="warning" size={14} /></span>
        )}
        {data && ownRange && <span className={styles['when']}>{rangeText(data.query.range, timeZone, new Date(data.result.computedAt), formatDate)}</span>}
        {data && <Age of={data.result.computedAt} />}
        {tools}
      </header>
      <div className={styles['tileRoom']}>
        <div className={styles['tileBody']} data-stale={result.isPlaceholderData} aria-busy={result.isFetching && !data}>
          {data ? <Answered title={title} answer={data} look={look} height={height} /> : result.isError ? <Failed error={result.error} retry={() => void result.refetch()} /> : <Blank />}
        </div>
        {of && <Waiting of={of} result={result} />}
      </div>
    </>
  );
}

function Answered({ title, answer, look, height }: { title: string; answer: TileAnswer; look: TileLook; height: number }) {
  const { query } = answer;
  if (isEmptyAnswer(answer)) return <Message icon="search" title="No such events in this time">Choose a longer range, or fewer filters.</Message>;
  const picture = <Boundary><Suspense fallback={<Blank />}><InsightPicture query={query} result={answer.result} look={look} room={roomOf(height)} /></Suspense></Boundary>;
  if (fills(query, look)) return <div className={styles['picture']}>{picture}</div>;
  return (
    // A scrolling region must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles['scrolling']} tabIndex={0} role="group" aria-label={title}>{picture}</div>
  );
}

/** In pixels, as the style sheet has it. */
function roomOf(height: number): number {
  return height * 80 - 16 - 45;
}

function Blank() {
  return <div className={styles['waiting']}><Skeleton height="100%" /></div>;
}

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  const status = error instanceof ApiError ? error.status : null;
  const [title, help] = status === 429 ? ['Too many requests', ''] : status === 422 ? ['Too much to read at once', ' A shorter range or fewer values make it less.'] : ['Not answered', ''];
  return (
    <div role="alert">
      <Message icon="warning" title={title} action={<Button small icon="refresh" onClick={retry}>Try again</Button>}>{errorText(error)}{help}</Message>
    </div>
  );
}

function Message({ icon, title, children, action }: { icon: 'warning' | 'search'; title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles['message']}>
      <Icon name={icon} size={18} />
      <strong>{title}</strong>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** How old the answer is, once that is worth saying. */
function Age({ of }: { of: string }) {
  const now = useNow(30_000);
  return now - Date.parse(of) < worthSaying ? null : <span className={styles['when']}>{formatAgo(of, now)}</span>;
}

const worthSaying = 15 * 60_000;
