import { useToast } from '../../ui/toasts';
import { daysOf, rangeLabel, type Range } from '../../state/range';
import { formatDate } from '../../lib/format';
import type { ChartData } from '../../charts/series';

/** From one bucket to another, both included. */
export type Zoom = (from: number, to: number) => void;

/** A stretch of a chart as the range of its view, with the way back. Nothing where it is the days that are shown already. */
export function useZoom(data: ChartData | null, range: Range, onRange: (range: Range) => void): Zoom {
  const toast = useToast();
  return (from, to) => {
    const days = data && daysOf(data.buckets, data.interval, from, to, data.timeZone, new Date());
    const whole = data && daysOf(data.buckets, data.interval, 0, data.buckets.length - 1, data.timeZone, new Date());
    if (!days || !whole || (days.from === whole.from && days.to === whole.to)) return;
    onRange(days);
    toast(`Zoomed to ${rangeLabel(days, formatDate)}`, { action: { label: 'Undo', run: () => onRange(range) } });
  };
}
