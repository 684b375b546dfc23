import type { SessionsQuery, SessionsResult } from '../../api/types';
import { ongoingFrom } from '../../charts/ongoing';
import { formatValue, summarise, toggled } from '../../charts/series';
import { TrendsChart } from '../../charts/TrendsChart';
import { change } from '../../lib/format';
import { drillAt, leads, useDrill } from '../../persons/drill';
import { ChartFigure } from '../shared/ChartFigure';
import { Legend } from '../shared/Legend';
import type { Zoom } from '../shared/zoom';
import type { ChartKind } from '../trends/state';
import { sessionsChart, sessionsPoints } from './chart';
import type { SessionMetric } from './state';

interface SessionsPictureProps {
  answer: SessionsResult;
  query: SessionsQuery;
  metric: SessionMetric;
  chart: ChartKind;
  hidden: readonly string[];
  /** All the room there is where it is left out. */
  height?: number;
  onHide: (hidden: string[]) => void;
  onZoom?: Zoom | undefined;
}

/** One figure of sessions as lines or bars. */
export function SessionsPicture({ answer, query, metric, chart, hidden, height, onHide, onZoom }: SessionsPictureProps) {
  const drill = useDrill();
  const data = sessionsChart(answer, query, metric, hidden);
  return (
    <>
      <Legend onToggle={(key) => onHide(toggled(data, key))}
        entries={data.series.map((one) => ({ ...one, text: formatValue(data, one.total), change: change(one.total, one.compare?.total ?? null) }))} />
      <ChartFigure height={height} summary={summarise(data)}>
        {(room) => (
          <TrendsChart data={data} kind={chart} height={room} onZoom={onZoom} ongoingFrom={ongoingFrom(data.buckets, data.interval, answer.computedAt)}
            onSelect={leads(drill) ? (bucket, key) => drillAt(drill, sessionsPoints(answer, query, data, bucket), key) : undefined} />
        )}
      </ChartFigure>
    </>
  );
}
