import type { LifecycleQuery, LifecycleResult } from '../../api/types';
import { summarise, toggled } from '../../charts/series';
import { TrendsChart } from '../../charts/TrendsChart';
import { drillAt, leads, useDrill } from '../../persons/drill';
import { ChartFigure } from '../shared/ChartFigure';
import { Legend } from '../shared/Legend';
import { shownValue } from '../shared/values';
import { ValueSelect } from '../shared/ValueSelect';
import type { Zoom } from '../shared/zoom';
import { lifecycleChart, openFrom } from './chart';
import { statusPoints } from './points';
import type { Status } from './state';

interface LifecyclePictureProps {
  answer: LifecycleResult;
  query: LifecycleQuery;
  hidden: readonly Status[];
  /** All the room there is where it is left out. */
  height?: number;
  /** The key of the value that is shown; null for all together. */
  shown: string | null;
  onShow: (key: string | null) => void;
  onHide: (hidden: string[]) => void;
  onZoom?: Zoom | undefined;
}

/** Bars of those who are there, and below zero of those who stay away. */
export function LifecyclePicture({ answer, query, hidden, height, shown, onShow, onHide, onZoom }: LifecyclePictureProps) {
  const drill = useDrill();
  const value = shownValue(answer.series, shown);
  const chart = lifecycleChart(answer, hidden, value);
  return (
    <>
      <ValueSelect series={answer.series} breakdown={query.breakdown} shown={shown} onShow={onShow} />
      <Legend onToggle={(key) => onHide(toggled(chart, key))} entries={chart.series.map((one) => ({ ...one, text: '' }))} />
      <ChartFigure height={height} summary={summarise(chart)}>
        {(room) => (
          <TrendsChart data={chart} kind="bar" height={room} onZoom={onZoom} ongoingFrom={openFrom(answer)}
            onSelect={leads(drill) ? (bucket, key) => drillAt(drill, statusPoints(answer, query, hidden, bucket, value), key) : undefined} />
        )}
      </ChartFigure>
    </>
  );
}
