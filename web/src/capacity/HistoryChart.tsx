import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import charts from '../charts/charts.module.css';
import { useWidth } from '../charts/useWidth';
import { Hidden } from '../ui/controls';
import { historyText, runs, thin, timeLabel } from './history';
import styles from './HistoryChart.module.css';
import type { HistoryPoint, HistoryRange } from './types';
import { formatPercent } from './words';

interface HistoryChartProps {
  points: readonly HistoryPoint[];
  range: HistoryRange;
  name: string;
}

const height = 120;
const top = 8;
const bottom = 22;
const left = 42;
const right = 10;

/** How busy a resource was; its words say the same. */
export function HistoryChart(props: HistoryChartProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <figure className={styles['history']} data-testid="history">
      <div ref={frame} style={{ minHeight: height }}>{width > 0 && props.points.length > 0 && <HistoryPlot {...props} width={width} />}</div>
      <figcaption>{props.points.length === 0 ? 'Nothing was measured in this time.' : <Hidden>{historyText(props.name, props.points, props.range)}</Hidden>}</figcaption>
    </figure>
  );
}

export function HistoryPlot({ points, range, width }: HistoryChartProps & { width: number }) {
  const times = points.map((one) => Date.parse(one.at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = scaleLinear([from, Math.max(to, from + 1)], [left, width - right]);
  const y = scaleLinear([0, Math.max(1, ...points.map((one) => one.utilisation))], [height - bottom, top]);
  const draw = line<HistoryPoint>().x((one) => x(Date.parse(one.at))).y((one) => y(one.utilisation));
  return (
    <svg className={charts['still']} width={width} height={height} aria-hidden="true">
      {[0, 0.5, 1].map((one) => (
        <g key={one}>
          <line className={one === 0 ? charts['zero'] : charts['grid']} x1={left} x2={width - right} y1={Math.round(y(one))} y2={Math.round(y(one))} />
          <text className={charts['axis']} x={left - 8} y={y(one)} dy="0.33em" textAnchor="end">{formatPercent(one)}</text>
        </g>
      ))}
      {runs(points, range).map((run) => thin(run, ((width - left - right) * run.length) / points.length / 2)).map((run) => run.length > 1
        ? <path key={run[0]?.at} className={charts['line']} d={draw(run) ?? ''} stroke="var(--series-0)" />
        : run.map((one) => <circle key={one.at} cx={x(Date.parse(one.at))} cy={y(one.utilisation)} r={2.5} fill="var(--series-0)" />))}
      <text className={charts['axis']} x={left} y={height - 5}>{timeLabel(from, range)}</text>
      {to > from && <text className={charts['axis']} x={width - right} y={height - 5} textAnchor="end">{timeLabel(to, range)}</text>}
    </svg>
  );
}
