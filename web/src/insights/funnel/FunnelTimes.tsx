import type { FunnelQuery, FunnelResult, FunnelSeries } from '../../api/types';
import { Histogram } from '../../charts/Histogram';
import { plural } from '../../lib/format';
import { formatDuration } from '../../lib/rates';
import { leads, useDrill } from '../../persons/drill';
import styles from '../insight.module.css';
import { counted } from '../shared/unit';
import own from './funnel.module.css';
import type { SeriesLook } from './picture';
import { binPoint } from './points';

/** How long those took who converted: one histogram for each series. */
export function FunnelTimes({ series, result, query }: { series: readonly SeriesLook[]; result: FunnelResult; query: FunnelQuery }) {
  const drill = useDrill();
  const open = (look: SeriesLook, index: number) => {
    const point = binPoint(result, query, look, index);
    if (point) drill([point]);
  };
  const alone = series.length === 1;
  return (
    <div className={styles['figure']}>
      <div className={own['times']} data-alone={alone} data-testid="funnel-times">
        {series.map((look) => {
          const { key, label, color, series: one } = look;
          return (
            <figure key={key}>
              <figcaption>
                <i style={{ background: color }} aria-hidden="true" />
                <b>{label}</b>
                <span>
                  {one.timeToConvert && one.converted > 0
                    ? `${plural(one.converted, counted(query.unit))} converted, half of them within ${formatDuration(one.timeToConvert.medianSeconds)}; ${formatDuration(one.timeToConvert.meanSeconds)} on average`
                    : 'nobody converted'}
                </span>
              </figcaption>
              {one.timeToConvert && one.timeToConvert.bins.length > 0 && <Times times={one.timeToConvert} one={counted(query.unit)} color={color} height={alone ? 280 : 150} onSelect={leads(drill) ? (index) => open(look, index) : undefined} />}
            </figure>
          );
        })}
      </div>
    </div>
  );
}

interface TimesProps {
  times: NonNullable<FunnelSeries['timeToConvert']>;
  /** Whom the bins hold. */
  one: string;
  color: string;
  height: number;
  onSelect: ((index: number) => void) | undefined;
}

function Times({ times, one, color, height, onSelect }: TimesProps) {
  const from = (index: number) => times.bins[index]?.fromSeconds ?? 0;
  return (
    <Histogram values={times.bins.map((bin) => bin.persons)} color={color} height={height} onSelect={onSelect} tick={(index) => formatDuration(from(index))}
      title={(index) => `${formatDuration(from(index))} to ${formatDuration(from(index) + times.binSeconds)}: ${plural(times.bins[index]?.persons ?? 0, one)}`} />
  );
}
