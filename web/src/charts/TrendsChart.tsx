import { scaleLinear } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import { useId, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { formatBucketLong } from '../lib/format';
import styles from './charts.module.css';
import { bucketLabel, bucketName, formatTick, formatValue, summarise, type ChartData, type ChartSeries, type Mark } from './series';
import { bandIndex, extent, isWhole, labelIndexes, nearest, nearestIndex, stack, within } from './ticks';
import { useWidth } from './useWidth';

interface ChartProps {
  data: ChartData;
  kind: 'line' | 'bar';
  height: number;
  /** Buckets from here on are still filling. */
  ongoingFrom: number;
  /** Asks for the persons behind a bucket and, by pointer, the series that is nearest. */
  onSelect?: ((bucket: number, key: string | null) => void) | undefined;
  marks?: readonly Mark[];
  /** Asks for a stretch of buckets, both included: drawn over them with the mouse, or by arrow keys with Shift and then Enter. */
  onZoom?: ((from: number, to: number) => void) | undefined;
}

/**
 * A chart with a movable cursor: by pointer, or by arrow keys as a slider over the buckets, whose value is read out
 * as "bucket: series value, …". A summary in words and the table beside it say the same. Where a point can be selected, a
 * press does it, or Enter; a finger's first press shows the values, the second one on the same bucket selects.
 */
export function TrendsChart(props: ChartProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={frame} className={styles['frame']} style={{ minHeight: props.height }} data-testid="trends-chart">
      {width > 0 && <Plot {...props} width={width} />}
    </div>
  );
}

export function Plot({ data, kind, height, ongoingFrom, onSelect, marks = noMarks, onZoom, width }: ChartProps & { width: number }) {
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [stretch, setStretch] = useState<{ start: number; end: number } | null>(null);
  const pressed = useRef({ touch: false, again: false, start: null as number | null, drawn: false });
  const { buckets, interval } = data;
  const shown = data.series.filter((one) => !one.hidden);
  const count = buckets.length;
  const stacked = kind === 'bar' && data.additive && shown.length > 1;
  const stacks = stack(shown.map((one) => one.values));
  const befores = shown.flatMap((one) => (one.compare ? [one.compare.values] : []));
  const beforeSums = stacked && befores.length > 0 ? (stack(befores).at(-1) ?? []).map((one) => one.to) : [];

  const heights = stacked
    ? [...stacks.map((row) => row.map((one) => one.to)), beforeSums]
    : [...shown.map((one) => one.values), ...befores];
  const [low, high] = extent(heights);
  const y = scaleLinear([low, high], [height - bottom, top]).nice(5);
  const whole = isWhole(heights);
  const ticks = y.ticks(5).filter((tick) => !whole || Number.isInteger(tick));
  const left = Math.max(...ticks.map((tick) => formatTick(data, tick).length), 2) * 7 + 12;
  const inner = Math.max(width - left - right, 10);
  const band = inner / Math.max(count, 1);
  const x = (index: number) =>
    kind === 'bar' ? left + band * (index + 0.5) : count > 1 ? left + (inner * index) / (count - 1) : left + inner / 2;
  const labels = labelIndexes(count, inner, data.names ? namesWidth : labelWidth[interval]);
  const active = cursor === null ? null : Math.min(cursor.index, count - 1);

  /** The series whose line, bar or piece of a bar is at a place. */
  const seriesAt = (across: number, down: number, index: number): string | null => {
    if (stacked) {
      return shown[within(stacks.map((row) => row[index] ?? { from: 0, to: 0 }), y.invert(down))]?.key ?? null;
    }

    if (kind === 'bar') {
      const from = x(index) - barWidth(band) / 2;
      return shown[bandIndex(across, from, barWidth(band), shown.length)]?.key ?? null;
    }

    return shown[nearest(shown.map((one) => one.values[index] ?? null), y.invert(down))]?.key ?? null;
  };

  const place = (event: PointerEvent<HTMLDivElement>): Cursor => {
    const box = event.currentTarget.getBoundingClientRect();
    const across = event.clientX - box.left;
    const index = kind === 'bar' ? bandIndex(across, left, inner, count) : nearestIndex(across, left, inner, count);
    return { index, key: seriesAt(across, event.clientY - box.top, index) };
  };

  const down = (event: PointerEvent<HTMLDivElement>) => {
    const at = place(event);
    const touch = event.pointerType === 'touch';
    // A finger scrolls the page.
    pressed.current = { touch, again: at.index === active, start: onZoom && !touch && event.button === 0 ? at.index : null, drawn: false };
    setStretch(null);
    setCursor(at);
  };

  const move = (event: PointerEvent<HTMLDivElement>) => {
    const at = place(event);
    const { start } = pressed.current;
    setCursor(at);
    if (start === null) return;
    if (at.index !== start) event.currentTarget.setPointerCapture(event.pointerId);
    setStretch(at.index === start ? null : { start, end: at.index });
  };

  const zoom = () => {
    if (!stretch) return;
    setStretch(null);
    onZoom?.(Math.min(stretch.start, stretch.end), Math.max(stretch.start, stretch.end));
  };

  const up = () => {
    // The click that follows is not one on a point.
    pressed.current = { ...pressed.current, start: null, drawn: stretch !== null };
    zoom();
  };

  const click = () => {
    const { touch, again, drawn } = pressed.current;
    if (drawn) return;
    if (active !== null && (again || !touch)) onSelect?.(active, cursor?.key ?? null);
  };

  const press = (event: KeyboardEvent) => {
    if (stretch && event.key === 'Enter') {
      event.preventDefault();
      zoom();
      return;
    }

    if (onSelect && count > 0 && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      onSelect(active ?? count - 1, null);
      return;
    }

    const to = stepTo(event.key, active, count);
    if (to === undefined) return;
    event.preventDefault();
    const start = stretch?.start ?? active ?? to;
    setStretch(onZoom && event.shiftKey && to !== null && start !== null && to !== start ? { start, end: to } : null);
    setCursor(to === null ? null : { index: to, key: null });
  };

  const name = (index: number) => bucketName(data, index);
  const stretchName = stretch && `${name(Math.min(stretch.start, stretch.end))} – ${name(Math.max(stretch.start, stretch.end))}`;
  const valueText =
    active === null
      ? summarise(data)
      : stretchName !== null ? `${stretchName}, Enter zooms in`
      : [`${name(active)}: ${shown.map((one) => `${one.label} ${formatValue(data, one.values[active])}`).join(', ')}`, ...textsAt(marks, active)].join('. ');

  return (
    <>
      <div className={styles['plot']} role="slider" tabIndex={0} aria-label={`Chart; arrow keys move through ${data.names ? 'the points' : 'time'}${onSelect ? ', Enter shows the persons' : ''}${onZoom ? ', with Shift they choose a stretch to zoom into' : ''}`} data-selects={onSelect !== undefined}
        aria-orientation="horizontal" aria-valuemin={0} aria-valuemax={Math.max(count - 1, 0)} aria-valuenow={active ?? Math.max(count - 1, 0)}
        aria-valuetext={valueText} onKeyDown={press} onClick={click} onPointerMove={move} onPointerDown={down} onPointerUp={up}
        onPointerLeave={(event) => {
          // A lifted finger leaves too; what it pointed at stays to be read.
          if (event.pointerType !== 'touch') setCursor(null);
        }}
        onPointerCancel={() => {
          pressed.current.start = null;
          setStretch(null);
          setCursor(null);
        }}
        onBlur={() => {
          setStretch(null);
          setCursor(null);
        }}>
        <svg width={width} height={height} aria-hidden="true">
          {stretch && (
            <rect className={styles['stretch']} x={Math.min(x(stretch.start), x(stretch.end)) - (kind === 'bar' ? band / 2 : 0)} y={top}
              width={Math.abs(x(stretch.end) - x(stretch.start)) + (kind === 'bar' ? band : 0)} height={height - bottom - top} />
          )}
          {active !== null && kind === 'bar' && (
            <rect className={styles['band']} x={left + band * active} y={top} width={band} height={height - bottom - top} rx={3} />
          )}
          {ticks.map((tick) => (
            <g key={tick}>
              <line className={tick === 0 ? styles['zero'] : styles['grid']} x1={left} x2={left + inner} y1={Math.round(y(tick))} y2={Math.round(y(tick))} />
              <text className={styles['axis']} x={left - 10} y={y(tick)} dy="0.33em" textAnchor="end">{formatTick(data, tick)}</text>
            </g>
          ))}
          {labels.map((index) => (
            <text key={index} className={styles['axis']} x={labelX(x(index), index, count, kind)} y={height - 8}
              textAnchor={anchor(index, count, kind)}>
              {bucketLabel(data, index)}
            </text>
          ))}
          {marks.map(({ bucket }) => (
            <g key={bucket} className={styles['mark']}>
              <line x1={x(bucket)} x2={x(bucket)} y1={top} y2={height - bottom} />
              <circle cx={x(bucket)} cy={height - bottom} r={4} />
            </g>
          ))}
          {active !== null && kind === 'line' && (
            <line className={styles['cursor']} x1={x(active)} x2={x(active)} y1={top} y2={height - bottom} />
          )}
          {kind === 'line'
            ? shown.map((one) => (
                <Line key={one.key} series={one} x={x} y={y} ongoingFrom={ongoingFrom} filled={shown.length === 1} />
              ))
            : stacked
              ? (
                  <>
                    {shown.map((one, series) =>
                      (stacks[series] ?? []).map((piece, index) => (
                        <Bar key={`${one.key} ${String(index)}`} x={x(index) - barWidth(band) / 2} width={barWidth(band)} from={y(piece.from)}
                          to={y(piece.to)} color={one.color} faded={index >= ongoingFrom} />
                      )),
                    )}
                    {beforeSums.map((value, index) => (
                      <rect key={index} className={styles['ghost']} x={x(index) - barWidth(band) / 2 - 1.5} width={barWidth(band) + 3}
                        y={y(value)} height={Math.max(y(0) - y(value), 0)} stroke="var(--text-3)" />
                    ))}
                  </>
                )
              : shown.map((one, series) => {
                  const each = barWidth(band) / Math.max(shown.length, 1);
                  return one.values.map((value, index) => {
                    const at = x(index) - barWidth(band) / 2 + each * series;
                    const before = one.compare?.values[index];
                    return (
                      <g key={`${one.key} ${String(index)}`}>
                        {value !== null && (
                          <Bar x={at} width={Math.max(each - (each > 4 ? 1 : 0), 0.5)} from={y(0)} to={y(value)} color={one.color} faded={index >= ongoingFrom} />
                        )}
                        {typeof before === 'number' && (
                          <rect className={styles['ghost']} x={at - 1} width={Math.max(each, 1) + 1} y={Math.min(y(before), y(0))}
                            height={Math.abs(y(0) - y(before))} stroke={one.color} />
                        )}
                      </g>
                    );
                  });
                })}
          {active !== null && kind === 'line' &&
            shown.map((one) => {
              const value = one.values[active];
              return typeof value === 'number' ? (
                <circle key={one.key} className={styles['dot']} cx={x(active)} cy={y(value)} r={4.5} fill={one.color} />
              ) : null;
            })}
        </svg>
      </div>
      {active !== null && (
        <Tooltip data={data} shown={stretch ? [] : shown} index={active} notes={stretch ? [] : textsAt(marks, active)} near={onSelect && shown.length > 1 ? (cursor?.key ?? null) : null} selects={onSelect !== undefined && stretch === null} title={stretchName ?? name(active)} x={x(active)} width={width} ongoing={stretch === null && active >= ongoingFrom} />
      )}
    </>
  );
}

const noMarks: readonly Mark[] = [];

function textsAt(marks: readonly Mark[], bucket: number): readonly string[] {
  return marks.find((one) => one.bucket === bucket)?.texts ?? [];
}

interface Cursor {
  index: number;
  /** The series that the pointer is nearest to. */
  key: string | null;
}

const top = 10;
const right = 10;
const bottom = 30;

const namesWidth = 40;
const labelWidth = { minute: 56, hour: 56, day: 62, week: 62, month: 78 } as const;

function barWidth(band: number): number {
  return Math.max(1, Math.min(band * 0.72, 56));
}

function anchor(index: number, count: number, kind: 'line' | 'bar'): 'start' | 'middle' | 'end' {
  if (kind === 'bar' || count === 1) return 'middle';
  if (index === count - 1) return 'end';
  return index === 0 ? 'start' : 'middle';
}

// The edges' labels hang over a little, so that they stand as near to their points as those in between.
function labelX(x: number, index: number, count: number, kind: 'line' | 'bar'): number {
  if (kind === 'bar' || count === 1) return x;
  if (index === count - 1) return x + right;
  return index === 0 ? x - 8 : x;
}

function stepTo(key: string, active: number | null, count: number): number | null | undefined {
  const last = count - 1;
  if (last < 0) return undefined;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return active === null ? last : Math.max(active - 1, 0);
    case 'ArrowRight':
    case 'ArrowUp':
      return active === null ? 0 : Math.min(active + 1, last);
    case 'PageUp':
      return Math.min((active ?? 0) + 10, last);
    case 'PageDown':
      return Math.max((active ?? last) - 10, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}

interface LineProps {
  series: ChartSeries;
  x: (index: number) => number;
  y: (value: number) => number;
  ongoingFrom: number;
  filled: boolean;
}

function Line({ series, x, y, ongoingFrom, filled }: LineProps) {
  const id = useId();
  type Point = readonly [number, number | null];
  const points: Point[] = series.values.map((value, index) => [index, value] as const);
  const draw = line<Point>()
    .defined(([, value]) => value !== null)
    .x(([index]) => x(index))
    .y(([, value]) => y(value ?? 0))
    .curve(curveMonotoneX);
  const fill = area<Point>()
    .defined(([, value]) => value !== null)
    .x(([index]) => x(index))
    .y0(y(0))
    .y1(([, value]) => y(value ?? 0))
    .curve(curveMonotoneX);
  const path = draw(points) ?? '';
  // One curve, solid up to the last whole bucket and dotted from there: two curves would not meet the area's edge.
  const ongoing = ongoingFrom < points.length && points.length > 1;
  const edge = x(Math.max(ongoingFrom - 1, 0));
  const before = series.compare?.values.slice(0, series.values.length).map((value, index) => [index, value] as const);
  return (
    <g>
      {before && <path className={`${styles['line'] ?? ''} ${styles['before'] ?? ''}`} d={draw(before) ?? ''} stroke={series.color} />}
      {filled && <path className={styles['area']} d={fill(points) ?? ''} fill={series.color} />}
      {ongoing && (
        <>
          <clipPath id={`${id}-done`}><rect x={0} y={-10} width={edge} height={10_000} /></clipPath>
          <clipPath id={`${id}-ongoing`}><rect x={edge} y={-10} width={100_000} height={10_000} /></clipPath>
          <path className={`${styles['line'] ?? ''} ${styles['ongoing'] ?? ''}`} d={path} stroke={series.color} clipPath={`url(#${id}-ongoing)`} />
        </>
      )}
      <path className={styles['line']} d={path} stroke={series.color} clipPath={ongoing ? `url(#${id}-done)` : undefined} />
      {points.map(([index, value]) =>
        value !== null && alone(series.values, index) ? <circle key={index} cx={x(index)} cy={y(value)} r={3} fill={series.color} /> : null,
      )}
    </g>
  );
}

/** A value between two gaps has no line to be seen by. */
function alone(values: readonly (number | null)[], index: number): boolean {
  return (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
}

function Bar({ x, width, from, to, color, faded }: { x: number; width: number; from: number; to: number; color: string; faded: boolean }) {
  const height = Math.abs(from - to);
  if (height < 0.25) return null;
  return <rect x={x} width={width} y={Math.min(from, to)} height={height} rx={Math.min(2, width / 3)} fill={color} opacity={faded ? 0.55 : 1} />;
}

interface TooltipProps {
  notes: readonly string[];
  data: ChartData;
  shown: readonly ChartSeries[];
  index: number;
  /** The series that a press selects. */
  near: string | null;
  selects: boolean;
  title: string;
  x: number;
  width: number;
  ongoing: boolean;
}

/** A phone has room for the highest few, and for the period before only where they are very few. */
const narrow = 480;

function Tooltip({ data, shown, index, notes, near, selects, title, x, width, ongoing }: TooltipProps) {
  const rows = [...shown].sort((a, b) => (b.values[index] ?? -Infinity) - (a.values[index] ?? -Infinity));
  const before = data.compareBuckets[index];
  const onLeft = x > width / 2;
  const most = width < narrow ? 6 : 12;
  const compared = width >= narrow || rows.length <= 2;
  return (
    <div className={styles['tooltip']} aria-hidden="true" data-testid="chart-tooltip"
      style={{ transform: `translateX(max(0px, min(${onLeft ? `calc(${x - 14}px - 100%)` : `${x + 14}px`}, calc(${width}px - 100%))))` }}>
      <p className={styles['tooltipHead']}>{title}{ongoing ? ' · so far' : ''}</p>
      {rows.slice(0, most).map((one) => (
        <div key={one.key} className={styles['tooltipRow']} data-near={one.key === near}>
          <i className={styles['swatch']} style={{ background: one.color }} />
          <span>{one.label}</span>
          <b>
            {formatValue(data, one.values[index])}
            {compared && one.compare && <small>{formatValue(data, one.compare.values[index])} before</small>}
          </b>
        </div>
      ))}
      {rows.length > most && <p>and {rows.length - most} more</p>}
      {compared && before !== undefined && rows.some((one) => one.compare) && (
        <p>Before: {formatBucketLong(before, data.interval, data.timeZone)}</p>
      )}
      {notes.map((note, at) => <p key={at} className={styles['tooltipNote']}>{note}</p>)}
      {selects && <p>{window.matchMedia('(pointer: coarse)').matches ? 'Tap again for the persons' : 'Click for the persons'}</p>}
    </div>
  );
}
