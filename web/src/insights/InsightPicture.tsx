import { lazy, useState } from 'react';
import type {
  FunnelResult, InsightQuery, LifecycleResult, PathsResult, RetentionResult, SessionsResult, StickinessResult, TileAnswer, TileLook, TrendsResult, WebResult,
} from '../api/types';
import { noVisits } from '../home/metrics';
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
const SessionsTile = lazy(() => import('./sessions/SessionsTile').then((pictures) => ({ default: pictures.SessionsTile })));
const WebPicture = lazy(() => import('../home/WebPicture'));

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
    case 'web':
      return noVisits(result as WebResult);
  }
}

/** Whether a picture takes whatever room it is given; others are as high as they are, and are scrolled. */
export function fills(query: InsightQuery, { display }: TileLook): boolean {
  switch (query.kind) {
    case 'trends':
    case 'sessions':
      return display !== 'table';
    case 'web':
      return display !== 'number' && query.lists.length === 0 && !query.parts.includes('vitals');
    default:
      return query.kind === 'lifecycle' || (query.kind === 'funnel' && query.view === 'over_time');
  }
}

/** The picture of any kind of insight, in a frame of a given size. */
export function InsightPicture({ query, result, look, room }: { query: InsightQuery; result: TileAnswer['result']; look: TileLook; room: number }) {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [shown, setShown] = useState<string | null>(null);
  switch (query.kind) {
    case 'trends':
      return <TrendsTile answer={result as TrendsResult} query={query} display={look.display} room={room} />;
    case 'funnel':
      return <FunnelPicture answer={result as FunnelResult} query={query} hidden={hidden} onHide={setHidden} />;
    case 'retention':
      return <RetentionTable result={result as RetentionResult} query={query} shown={shown} onShow={setShown} plain />;
    case 'paths':
      return <PathsPicture answer={result as PathsResult} query={query} shown={shown} onShow={setShown} />;
    case 'stickiness':
      return <StickinessPicture answer={result as StickinessResult} query={query} height={Math.max(room - 90, 140)} hidden={hidden} onHide={setHidden} />;
    case 'lifecycle':
      return <LifecyclePicture answer={result as LifecycleResult} query={query} hidden={named(hidden)} shown={shown} onShow={setShown} onHide={setHidden} />;
    case 'sessions':
      return <SessionsTile answer={result as SessionsResult} query={query} look={look} />;
    case 'web':
      return <WebPicture answer={result as WebResult} query={query} look={look} room={room} />;
  }
}
