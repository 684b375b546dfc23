import { scaleLinear } from 'd3-scale';
import { formatCompact } from '../lib/format';
import { useCells } from '../ui/cells';
import styles from './charts.module.css';
import { labelIndexes } from './ticks';
import { useWidth } from './useWidth';

interface HistogramProps {
  values: readonly number[];
  /** What stands under a bar: at its left edge where bars are stretches of something, under its middle where each is one thing. */
  tick: (index: number) => string;
  centred?: boolean;
  /** What is said of a bar. */
  title: (index: number) => string;
  color: string;
  height: number;
  /** Shows the persons behind a bar. */
  onSelect?: ((index: number) => void) | undefined;
}

const top = 10;
const bottom = 28;
const right = 22;

/** Bars side by side, which can be pressed where that leads somewhere. The table below says the same. */
export function Histogram(props: HistogramProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={frame} className={styles['frame']} style={{ minHeight: props.height }} aria-hidden={props.onSelect ? undefined : true}>
      {width > 0 && <Bars {...props} width={width} />}
    </div>
  );
}

export function Bars({ values, tick, centred = false, title, color, height, width, onSelect }: HistogramProps & { width: number }) {
  const cells = useCells<HTMLDivElement>();
  const y = scaleLinear([0, Math.max(...values, 1)], [height - bottom, top]).nice(4);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const left = Math.max(...ticks.map((one) => formatCompact(one).length), 2) * 7 + 12;
  const inner = Math.max(width - left - right, 10);
  const band = inner / Math.max(values.length, 1);
  const gap = band > 6 ? 2 : band > 3 ? 1 : 0;
  const picture = (
    <svg className={styles['still']} width={width} height={height} aria-hidden="true">
      {ticks.map((one) => (
        <g key={one}>
          <line className={one === 0 ? styles['zero'] : styles['grid']} x1={left} x2={left + inner} y1={Math.round(y(one))} y2={Math.round(y(one))} />
          <text className={styles['axis']} x={left - 10} y={y(one)} dy="0.33em" textAnchor="end">{formatCompact(one)}</text>
        </g>
      ))}
      {values.map((value, index) => (
        <rect key={index} x={left + band * index + gap / 2} width={Math.max(band - gap, 0.5)} y={y(value)} height={Math.max(y(0) - y(value), 0)}
          rx={Math.min(2, band / 3)} fill={color}>
          <title>{title(index)}</title>
        </rect>
      ))}
      {labelIndexes(values.length, inner, centred ? 40 : 76).map((index) => (
        <text key={index} className={styles['axis']} x={left + band * (index + (centred ? 0.5 : 0))} y={height - 8} textAnchor="middle">{tick(index)}</text>
      ))}
    </svg>
  );
  if (!onSelect) return picture;
  return (
    <>
      {picture}
      <div {...cells} className={styles['bars']}>
        {values.map((value, index) => value > 0 && (
          <button key={index} type="button" data-cell tabIndex={-1} aria-label={title(index)} title={`${title(index)}. Click for the persons`}
            style={{ left: left + band * index, width: band, bottom }} onClick={() => onSelect(index)} />
        ))}
      </div>
    </>
  );
}
