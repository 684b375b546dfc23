import type { TrendsQuery, TrendsResult } from '../../api/types';
import { ongoingFrom } from '../../charts/ongoing';
import { formatValue, summarise, toggled, type ChartData, type Mark } from '../../charts/series';
import { TrendsChart } from '../../charts/TrendsChart';
import { change } from '../../lib/format';
import { drillAt, leads, useDrill } from '../../persons/drill';
import { ChartFigure } from '../shared/ChartFigure';
import { Legend } from '../shared/Legend';
import type { Zoom } from '../shared/zoom';
import { trendPoints } from './points';
import type { ChartKind } from './state';

interface TrendsPictureProps {
  answer: TrendsResult;
  query: TrendsQuery;
  data: ChartData;
  chart: ChartKind;
  /** All the room there is where it is left out. */
  height?: number;
  onHide: (hidden: string[]) => void;
  /** What is to be marked in the chart. */
  marks?: readonly Mark[];
  onZoom?: Zoom | undefined;
}

/** The series by name and as lines or bars. */
export function TrendsPicture({ answer, query, data, chart, height, onHide, marks, onZoom }: TrendsPictureProps) {
  const drill = useDrill();
  return (
    <>
      <Legend onToggle={(key) => onHide(toggled(data, key))}
        entries={data.series.map((one) => ({ ...one, text: formatValue(data, one.total), change: change(one.total, one.compare?.total ?? null) }))} />
      <ChartFigure height={height} summary={summarise(data)}>
        {(room) => (
          <TrendsChart data={data} kind={chart} height={room} onZoom={onZoom} {...(marks ? { marks } : {})} ongoingFrom={ongoingFrom(data.buckets, data.interval, answer.computedAt)}
            onSelect={leads(drill) ? (bucket, key) => drillAt(drill, trendPoints(answer, query, data, bucket), key) : undefined} />
        )}
      </ChartFigure>
    </>
  );
}
