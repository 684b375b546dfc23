import type { StickinessQuery, StickinessResult } from '../../api/types';
import { Histogram } from '../../charts/Histogram';
import { colorOf } from '../../charts/series';
import { eventLabel, plural } from '../../lib/format';
import { formatShare } from '../../lib/rates';
import { leads, useDrill } from '../../persons/drill';
import styles from '../insight.module.css';
import { counted } from '../shared/unit';
import { barPoint, reach } from './points';
import own from './stickiness.module.css';

/** Shows the persons behind a bar; nothing where there are none to be shown. */
export function useBar(answer: StickinessResult, query: StickinessQuery): ((series: number, index: number) => void) | undefined {
  const drill = useDrill();
  if (!leads(drill)) return undefined;
  return (series, index) => {
    const point = barPoint(answer, query, series, index);
    if (point) drill([point]);
  };
}

/** A histogram for each series: how many persons were active in one interval, in two and so on. */
export function StickinessPicture({ answer, query, height }: { answer: StickinessResult; query: StickinessQuery; height: number }) {
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
