import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { useId, useState, type KeyboardEvent, type PointerEvent } from 'react';
import charts from '../charts/charts.module.css';
import { useWidth } from '../charts/useWidth';
import { formatDate } from '../lib/format';
import { formatBytes } from '../settings/retention';
import { dayText, dayTime, frameOf, lastPast, nearestDay, parts, summarise } from './trend';
import styles from './TrendChart.module.css';
import type { ForecastDay, WallForecast } from './types';
import { formatAmount, formatPair, formatRate } from './words';

interface TrendChartProps {
  wall: WallForecast;
  unit: string;
  height: number;
}

/** A load's days, where it goes, and the ceiling that it meets; a cursor reads the days out, by pointer or by arrow keys. */
export function TrendChart(props: TrendChartProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={frame} className={charts['frame']} style={{ minHeight: props.height }} data-testid="capacity-trend">
      {width > 0 && <TrendPlot {...props} width={width} />}
    </div>
  );
}

const top = 26;
const right = 12;
const bottom = 30;
const dayWidth = 84;

export function TrendPlot({ wall, unit, height, width }: TrendChartProps & { width: number }) {
  const clip = useId();
  const [cursor, setCursor] = useState<number | null>(null);
  const { days } = wall;
  const frame = frameOf(wall);
  if (frame === null) return null;

  const y = scaleLinear([0, frame.most], [height - bottom, top]);
  const ticks = y.ticks(5);
  const tick = (value: number) => (unit === 'bytes' ? formatBytes(value) : formatRate(value));
  const left = Math.max(...ticks.map((one) => tick(one).length), 2) * 7 + 14;
  const inner = Math.max(width - left - right, 10);
  const x = scaleLinear([frame.from, frame.to], [left, left + inner]);
  const { past, forecast } = parts(days);
  const at = (one: ForecastDay) => x(dayTime(one.day));
  const load = line<ForecastDay>().x(at).y((one) => y(one.load));
  const fill = area<ForecastDay>().x(at).y0(y(0)).y1((one) => y(one.load));
  const band = area<ForecastDay>().x(at).y0((one) => y(one.isForecast ? one.low : one.load)).y1((one) => y(one.isForecast ? one.high : one.load));
  const now = days[lastPast(days)];
  const floor = height - bottom;
  const labels = dayLabels(frame.from, frame.to, Math.max(1, Math.floor(inner / dayWidth)));
  const active = cursor === null ? null : days[cursor];
  const middle = (value: number) => Math.min(Math.max(value, left + 34), left + inner - 34);

  const place = (event: PointerEvent<HTMLDivElement>) => setCursor(nearestDay(days, x.invert(event.clientX - event.currentTarget.getBoundingClientRect().left)));
  const press = (event: KeyboardEvent) => {
    const to = stepTo(event.key, cursor, days.length);
    if (to === undefined) return;
    event.preventDefault();
    setCursor(to);
  };

  return (
    <>
      <div className={charts['plot']} role="slider" tabIndex={0} aria-label="Trend; arrow keys move through the days" aria-orientation="horizontal"
        aria-valuemin={0} aria-valuemax={days.length - 1} aria-valuenow={cursor ?? Math.max(lastPast(days), 0)}
        aria-valuetext={active ? dayText(active, unit) : summarise(wall, unit)} onKeyDown={press} onPointerMove={place} onPointerDown={place}
        onPointerLeave={(event) => {
          // A lifted finger leaves too; what it pointed at stays to be read.
          if (event.pointerType !== 'touch') setCursor(null);
        }}
        onPointerCancel={() => setCursor(null)} onBlur={() => setCursor(null)}>
        <svg width={width} height={height} aria-hidden="true">
          <clipPath id={clip}><rect x={left} y={top} width={inner} height={floor - top} /></clipPath>
          {ticks.map((one) => (
            <g key={one}>
              <line className={one === 0 ? charts['zero'] : charts['grid']} x1={left} x2={left + inner} y1={Math.round(y(one))} y2={Math.round(y(one))} />
              <text className={charts['axis']} x={left - 10} y={y(one)} dy="0.33em" textAnchor="end">{tick(one)}</text>
            </g>
          ))}
          {labels.map((one, index) => (
            <text key={one} className={charts['axis']} x={x(one)} y={height - 8} textAnchor={index === 0 ? 'start' : index === labels.length - 1 ? 'end' : 'middle'}>
              {shortDay(one)}
            </text>
          ))}
          {frame.wall && (
            <g className={styles['wall']}>
              <rect x={x(frame.wall.from)} y={top} width={Math.max(x(frame.wall.to) - x(frame.wall.from), 2)} height={floor - top} />
              {frame.wall.median !== null && (
                <>
                  <line x1={x(frame.wall.median)} x2={x(frame.wall.median)} y1={top} y2={floor} />
                  <text x={middle(x(frame.wall.median))} y={top - 10} textAnchor="middle">Wall, {shortDay(frame.wall.median)}</text>
                </>
              )}
            </g>
          )}
          <g clipPath={`url(#${clip})`}>
            <path className={styles['likely']} d={band(forecast) ?? ''} />
            <path className={charts['area']} d={fill(past) ?? ''} fill="var(--series-0)" />
            <path className={charts['line']} d={load(past) ?? ''} stroke="var(--series-0)" />
            <path className={`${charts['line'] ?? ''} ${styles['forecast'] ?? ''}`} d={load(forecast) ?? ''} stroke="var(--series-0)" />
          </g>
          {frame.ceilingShown && (
            <g className={styles['ceiling']}>
              <line x1={left} x2={left + inner} y1={Math.round(y(wall.ceiling))} y2={Math.round(y(wall.ceiling))} />
              <text x={left + 4} y={y(wall.ceiling) - 7}>Ceiling, {formatAmount(wall.ceiling, unit)}</text>
            </g>
          )}
          {now && forecast.length > 1 && (
            <g className={styles['today']}>
              <line x1={at(now)} x2={at(now)} y1={top} y2={floor} />
              {!(frame.wall?.median != null && Math.abs(x(frame.wall.median) - at(now)) < 84) && <text x={at(now)} y={top - 10} textAnchor="middle">today</text>}
            </g>
          )}
          {active && (
            <>
              <line className={charts['cursor']} x1={at(active)} x2={at(active)} y1={top} y2={floor} />
              {active.load <= frame.most && <circle className={charts['dot']} cx={at(active)} cy={y(active.load)} r={4.5} fill="var(--series-0)" />}
            </>
          )}
        </svg>
      </div>
      {active && <Tooltip of={active} unit={unit} ceiling={wall.ceiling} x={at(active)} width={width} />}
    </>
  );
}

function Tooltip({ of, unit, ceiling, x, width }: { of: ForecastDay; unit: string; ceiling: number; x: number; width: number }) {
  return (
    <div className={charts['tooltip']} aria-hidden="true" data-testid="chart-tooltip"
      style={{ transform: `translateX(max(0px, min(${x > width / 2 ? `calc(${x - 14}px - 100%)` : `${x + 14}px`}, calc(${width}px - 100%))))` }}>
      <p className={charts['tooltipHead']}>{formatDate(of.day)}{of.isForecast ? ' · forecast' : ''}</p>
      <div className={charts['tooltipRow']}><i className={charts['swatch']} style={{ background: 'var(--series-0)' }} /><span>Load</span><b>{formatAmount(of.load, unit)}</b></div>
      {of.isForecast && <div className={charts['tooltipRow']}><i /><span>Range</span><b className={styles['span']}>{formatPair(of.low, of.high, unit, '–')}</b></div>}
      <div className={charts['tooltipRow']}><i className={charts['swatch']} style={{ background: 'var(--danger)' }} /><span>Ceiling</span><b>{formatAmount(ceiling, unit)}</b></div>
    </div>
  );
}

const day = 86_400_000;

/** Whole days at even distances, the first and the last among them. */
function dayLabels(from: number, to: number, most: number): number[] {
  const span = Math.round((to - from) / day);
  const count = Math.max(1, Math.min(most, span));
  return [...new Set(Array.from({ length: count + 1 }, (_, index) => from + Math.round((span * index) / count) * day))];
}

function shortDay(time: number): string {
  return new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(time);
}

function stepTo(key: string, from: number | null, count: number): number | null | undefined {
  const last = count - 1;
  switch (key) {
    case 'ArrowLeft': case 'ArrowDown': return from === null ? last : Math.max(from - 1, 0);
    case 'ArrowRight': case 'ArrowUp': return from === null ? 0 : Math.min(from + 1, last);
    case 'PageUp': return Math.min((from ?? 0) + 7, last);
    case 'PageDown': return Math.max((from ?? last) - 7, 0);
    case 'Home': return 0;
    case 'End': return last;
    case 'Escape': return null;
    default: return undefined;
  }
}
