import type { StickinessQuery, StickinessResult } from '../../api/types';
import { Histogram } from '../../charts/Histogram';
import { colorOf, formatValue, summarise, toggled } from '../../charts/series';
import { TrendsChart } from '../../charts/TrendsChart';
import { eventLabel, plural } from '../../lib/format';
import { formatShare } from '../../lib/rates';
import { drillAt, leads, useDrill } from '../../persons/drill';
import styles from '../insight.module.css';
import { ChartFigure } from '../shared/ChartFigure';
import { Legend } from '../shared/Legend';
import { counted } from '../shared/unit';
import { stickinessChart } from './chart';
import { barPoint, linePoints, reach } from './points';
import own from './stickiness.module.css';

interface StickinessPictureProps {
  answer: StickinessResult;
  query: StickinessQuery;
  height: number;
  /** Keys of the lines that are switched off. */
  hidden: readonly string[];
  onHide: (hidden: string[]) => void;
}

/** Shows the persons behind a bar; nothing where there are none to be shown. */
export function useBar(answer: StickinessResult, query: StickinessQuery): ((series: number, index: number) => void) | undefined {
  const drill = useDrill();
  if (!leads(drill)) return undefined;
  return (series, index) => {
    const point = barPoint(answer, query, series, index);
    if (point) drill([point]);
  };
}

/** How many persons were active in one interval, in two and so on: a histogram for each series, or a line for each value of a breakdown. */
export function StickinessPicture(props: StickinessPictureProps) {
  return props.query.breakdown ? <Lines {...props} /> : <Histograms {...props} />;
}

function Histograms({ answer, query, height }: StickinessPictureProps) {
  const open = useBar(answer, query);
  return (
    <div className={styles['figure']}>
      <div className={own['series']} data-testid="stickiness-picture">
        {answer.series.map((one, series) => (
          <figure key={one.series}>
            <figcaption>
              <i style={{ background: colorOf(one.series) }} aria-hidden="true" />
              <b>{eventLabel(one.name)}</b>
              <span>{plural(one.persons, counted(query.unit))} by the number of {answer.interval}s on which they were active, of {answer.intervals}</span>
            </figcaption>
            <Histogram centred values={one.values} color={colorOf(one.series)} height={answer.series.length === 1 ? height : Math.round(height * 2 / 3)} tick={(index) => String(index + 1)}
              onSelect={open && ((index) => open(series, index))}
              title={(index) => `${reach(answer, index)}: ${plural(one.values[index] ?? 0, counted(query.unit))}, ${formatShare(one.persons > 0 ? (one.values[index] ?? 0) / one.persons : null)}`} />
          </figure>
        ))}
      </div>
    </div>
  );
}

function Lines({ answer, query, height, hidden, onHide }: StickinessPictureProps) {
  const drill = useDrill();
  const chart = stickinessChart(answer, query, hidden);
  return (
    <>
      <Legend onToggle={(key) => onHide(toggled(chart, key))} entries={chart.series.map((one) => ({ ...one, text: formatValue(chart, one.total) }))} />
      <ChartFigure height={height} summary={summarise(chart)}>
        {(room) => (
          <TrendsChart data={chart} kind="line" height={room} ongoingFrom={chart.buckets.length}
            onSelect={leads(drill) ? (index, key) => drillAt(drill, linePoints(answer, query, chart, index), key) : undefined} />
        )}
      </ChartFigure>
      <p className={own['axis']}>The number of {answer.interval}s on which {counted(query.unit)}s were active, of {answer.intervals}</p>
    </>
  );
}
