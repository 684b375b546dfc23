import { useState } from 'react';
import type { SessionsQuery, SessionsResult, TileLook } from '../../api/types';
import { Figures } from '../shared/Figures';
import { sessionsChart } from './chart';
import { SessionsPicture } from './SessionsPicture';
import { SessionsTable } from './SessionsTable';
import { metrics } from './state';

/** Sessions where there is little room: one of their figures as a chart or a number, or all of them as a table. */
export function SessionsTile({ answer, query, look }: { answer: SessionsResult; query: SessionsQuery; look: TileLook }) {
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const metric = metrics.find((one) => one.key === look.figure)?.key ?? 'sessions';
  if (look.display === 'table') return <SessionsTable result={answer} query={query} plain />;
  if (look.display === 'number') return <Figures data={sessionsChart(answer, query, metric, hidden)} />;
  return <SessionsPicture answer={answer} query={query} metric={metric} chart={look.display === 'bar' ? 'bar' : 'line'} hidden={hidden} onHide={setHidden} />;
}
