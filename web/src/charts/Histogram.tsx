import { scaleLinear } from 'd3-scale';
import { formatCompact, plural } from '../lib/format';
import { formatDuration } from '../lib/rates';
import styles from './charts.module.css';
import { labelIndexes } from './ticks';
import { useWidth } from './useWidth';

interface HistogramProps {
  bins: readonly { fromSeconds: number; persons: number }[];
  binSeconds: number;
  color: string;
  height: number;
}

const top = 10;
const bottom = 28;
const right = 22;

/** Persons by how long they took. The table below it says the same. */
export function Histogram(props: HistogramProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={frame} className={styles['frame']} style={{ minHeight: props.height }} aria-hidden="true">
      {width > 0 && <Bars {...props} width={width} />}
    </div>
  );
}

export function Bars({ bins, binSeconds, color, height, width }: HistogramProps & { width: number }) {
  const most = Math.max(...bins.map((one) => one.persons), 1);
  const y = scaleLinear([0, most], [height - bottom, top]).nice(4);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const left = Math.max(...ticks.map((tick) => formatCompact(tick).length), 2) * 7 + 12;
  const inner = Math.max(width - left - right, 10);
  const band = inner / bins.length;
  const gap = band > 6 ? 2 : band > 3 ? 1 : 0;
  return (
    <svg className={styles['still']} width={width} height={height}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line className={tick === 0 ? styles['zero'] : styles['grid']} x1={left} x2={left + inner} y1={Math.round(y(tick))} y2={Math.round(y(tick))} />
          <text className={styles['axis']} x={left - 10} y={y(tick)} dy="0.33em" textAnchor="end">{formatCompact(tick)}</text>
        </g>
      ))}
      {bins.map((one, index) => (
        <rect key={one.fromSeconds} x={left + band * index + gap / 2} width={Math.max(band - gap, 0.5)} y={y(one.persons)} height={Math.max(y(0) - y(one.persons), 0)}
          rx={Math.min(2, band / 3)} fill={color}>
          <title>{`${formatDuration(one.fromSeconds)} to ${formatDuration(one.fromSeconds + binSeconds)}: ${plural(one.persons, 'person')}`}</title>
        </rect>
      ))}
      {labelIndexes(bins.length, inner, 76).map((index) => (
        <text key={index} className={styles['axis']} x={left + band * index} y={height - 8} textAnchor="middle">
          {formatDuration(bins[index]?.fromSeconds)}
        </text>
      ))}
    </svg>
  );
}
