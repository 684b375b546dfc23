import { lazy, useState } from 'react';
import type {
  DrawnQuery, FunnelResult, LifecycleResult, PathsResult, RetentionResult, SessionsResult, StickinessResult, TileAnswer, TileDisplay, TrendsResult,
} from '../api/types';
import { isEmpty as noFunnel } from './funnel/picture';
import { isEmpty as noLifecycle } from './lifecycle/chart';
import { named } from './lifecycle/state';
import { isEmpty as noRetention } from './retention/picture';
import { isEmpty as noSessions } from './sessions/chart';

const TrendsTile = lazy(() => import('./trends/TrendsTile').then((pictures) => ({ default: pictures.TrendsTile })));
const FunnelPicture = lazy(() => import('./funnel/FunnelPicture').then((pictures) => ({ default: pictures.FunnelPicture })));
const RetentionTable = lazy(() => import('./retention/RetentionTable').then((pictures) => ({ default: pictures.RetentionTable })));
const PathsPicture = lazy(() => import('./paths/PathsPicture').then((pictures) => ({ default: pictures.PathsPicture })));
const StickinessPicture = lazy(() => import('./stickiness/StickinessPicture').then((pictures) => ({ default: pictures.StickinessPicture })));
const LifecyclePicture = lazy(() => import('./lifecycle/LifecyclePicture').then((pictures) => ({ default: pictures.LifecyclePicture })));
const SessionsPicture = lazy(() => import('./sessions/SessionsPicture').then((pictures) => ({ default: pictures.SessionsPicture })));

/** Whether there is nothing to draw. */
export function isEmptyAnswer({ query, result }: TileAnswer): boolean {
  switch (query.kind) {
    case 'trends':
      return (result as TrendsResult).series.every((one) => !one.total && !one.compare?.total);
    case 'funnel':
      return noFunnel(result as FunnelResult);
    case 'retention':
      return noRetention(result as RetentionResult);
    case 'paths':
      return (result as PathsResult).edges.length === 0;
    case 'stickiness':
      return (result as StickinessResult).series.every((one) => one.persons === 0);
    case 'lifecycle':
      return noLifecycle(result as LifecycleResult);
    case 'sessions':
      return noSessions(result as SessionsResult);
    default:
      return false;
  }
}

/** Whether a picture takes whatever room it is given; others are as high as they are, and are scrolled. */
export function fills(query: DrawnQuery, display: TileDisplay): boolean {
  if (query.kind === 'trends') return display !== 'table';
  return query.kind === 'lifecycle' || query.kind === 'sessions' || (query.kind === 'funnel' && query.view === 'over_time');
}

/** The picture of any kind of insight, in a frame of a given size. */
export function InsightPicture({ query, result, display, room }: { query: DrawnQuery; result: TileAnswer['result']; display: TileDisplay; room: number }) {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [shown, setShown] = useState<string | null>(null);
  switch (query.kind) {
    case 'trends':
      return <TrendsTile answer={result as TrendsResult} query={query} display={display} room={room} />;
    case 'funnel':
      return <FunnelPicture answer={result as FunnelResult} query={query} hidden={hidden} onHide={setHidden} />;
    case 'retention':
      return <RetentionTable result={result as RetentionResult} query={query} shown={shown} onShow={setShown} plain />;
    case 'paths':
      return <PathsPicture answer={result as PathsResult} query={query} />;
    case 'stickiness':
      return <StickinessPicture answer={result as StickinessResult} query={query} height={Math.max(room - 90, 140)} />;
    case 'lifecycle':
      return <LifecyclePicture answer={result as LifecycleResult} query={query} hidden={named(hidden)} onHide={setHidden} />;
    case 'sessions':
      return <SessionsPicture answer={result as SessionsResult} query={query} metric="sessions" chart={display === 'bar' ? 'bar' : 'line'} hidden={hidden} onHide={setHidden} />;
  }
}
