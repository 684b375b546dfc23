import { area, line } from 'd3-shape';
import styles from './charts.module.css';

/** The course of a figure without an axis; the figure beside it says how much. */
export function Sparkline({ values, color }: { values: readonly (number | null)[]; color: string }) {
  const known = values.map((one) => one ?? 0);
  const [low, high] = [Math.min(...known, 0), Math.max(...known, 1)];
  const x = (index: number) => (known.length > 1 ? (100 * index) / (known.length - 1) : 50);
  const y = (value: number) => 30 - (28 * (value - low)) / (high - low);
  return (
    <svg className={styles['sparkline']} viewBox="0 0 100 32" preserveAspectRatio="none" aria-hidden="true">
      <path className={styles['area']} d={area<number>().x((_, index) => x(index)).y0(y(low)).y1(y)(known) ?? ''} fill={color} />
      <path className={styles['line']} vectorEffect="non-scaling-stroke" d={line<number>().x((_, index) => x(index)).y(y)(known) ?? ''} stroke={color} />
    </svg>
  );
}
