import type { FunnelQuery, FunnelResult } from '../../api/types';
import { ongoingFrom } from '../../charts/ongoing';
import { summarise } from '../../charts/series';
import { TrendsChart } from '../../charts/TrendsChart';
import { formatShare } from '../../lib/rates';
import { drillAt, leads, useDrill } from '../../persons/drill';
import { ChartFigure } from '../shared/ChartFigure';
import { Legend } from '../shared/Legend';
import type { Zoom } from '../shared/zoom';
import { FunnelSteps } from './FunnelSteps';
import { FunnelTimes } from './FunnelTimes';
import { looks, overTime, settledUntil } from './picture';
import { overTimePoints } from './points';

interface FunnelPictureProps {
  answer: FunnelResult;
  query: FunnelQuery;
  hidden: readonly string[];
  /** Of a chart over time; where it is left out there is little room, and a chart takes all there is. */
  height?: number;
  onHide: (hidden: string[]) => void;
  /** Into a stretch of a chart over time. */
  onZoom?: Zoom | undefined;
}

/** The steps, the times, or the conversion over time, with the values of a breakdown by name. */
export function FunnelPicture({ answer, query, hidden, height, onHide, onZoom }: FunnelPictureProps) {
  const all = looks(answer, query, hidden);
  const toggle = (key: string) => onHide(all.filter((one) => one.hidden !== (one.key === key)).map((one) => one.key));
  return (
    <>
      {query.breakdown && <Legend onToggle={toggle} entries={all.map((one) => ({ ...one, text: formatShare(one.series.conversion) }))} />}
      {answer.view === query.view && <Drawing answer={answer} query={query} hidden={hidden} height={height} onZoom={onZoom} />}
    </>
  );
}

function Drawing({ answer, query, hidden, height, onZoom }: Pick<FunnelPictureProps, 'answer' | 'query' | 'hidden' | 'onZoom'> & { height: number | undefined }) {
  const drill = useDrill();
  if (query.view === 'steps') return <FunnelSteps result={answer} query={query} hidden={hidden} compact={height === undefined} />;
  if (query.view === 'time_to_convert') return <FunnelTimes series={looks(answer, query, hidden).filter((one) => !one.hidden)} result={answer} query={query} />;
  const chart = overTime(answer, query, hidden);
  return (
    <ChartFigure height={height} summary={summarise(chart)}>
      {(room) => (
        <TrendsChart data={chart} kind="line" height={room} onZoom={onZoom} ongoingFrom={ongoingFrom(chart.buckets, chart.interval, settledUntil(answer))}
          onSelect={leads(drill) ? (bucket, key) => drillAt(drill, overTimePoints(answer, query, hidden, bucket), key) : undefined} />
      )}
    </ChartFigure>
  );
}
