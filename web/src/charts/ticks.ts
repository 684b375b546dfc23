// The pure parts of the charts: where ticks stand and what the scales span.

/** The least and greatest value to show, zero always among them. */
export function extent(rows: readonly (readonly (number | null)[])[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const row of rows) {
    for (const value of row) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }

  return low === 0 && high === 0 ? [0, 1] : [low, high];
}

/**
 * Which of `count` evenly spaced buckets get a label, so that labels of `labelWidth` never touch. The last bucket
 * is always among them: it is the one that readers look for.
 */
export function labelIndexes(count: number, width: number, labelWidth: number): number[] {
  if (count <= 0) return [];
  if (count === 1) return [0];
  const most = Math.max(1, Math.floor(width / labelWidth));
  const step = Math.max(1, Math.ceil((count - 1) / most));
  const indexes: number[] = [];
  for (let index = count - 1; index >= 0; index -= step) indexes.unshift(index);
  return indexes;
}

/** The bucket nearest to a horizontal position. */
export function nearestIndex(x: number, left: number, width: number, count: number): number {
  if (count <= 1 || width <= 0) return 0;
  return Math.min(count - 1, Math.max(0, Math.round(((x - left) / width) * (count - 1))));
}

/** The bucket whose band a horizontal position lies in. */
export function bandIndex(x: number, left: number, width: number, count: number): number {
  if (count <= 1 || width <= 0) return 0;
  return Math.min(count - 1, Math.max(0, Math.floor(((x - left) / width) * count)));
}

/** Only whole numbers on the axis where all values are whole. */
export function isWhole(rows: readonly (readonly (number | null)[])[]): boolean {
  return rows.every((row) => row.every((value) => value === null || Number.isInteger(value)));
}

export interface Stack {
  from: number;
  to: number;
}

/** Stacks the series on each other, bucket by bucket, in the given order: what is above zero upwards, the rest downwards. */
export function stack(rows: readonly (readonly (number | null)[])[]): Stack[][] {
  const tops: number[] = [];
  const bottoms: number[] = [];
  return rows.map((row) =>
    row.map((each, index) => {
      const value = each ?? 0;
      const side = value < 0 ? bottoms : tops;
      const from = side[index] ?? 0;
      side[index] = from + value;
      return { from, to: from + value };
    }),
  );
}

/** The number of the value that is nearest to another; -1 where there is none. */
export function nearest(values: readonly (number | null)[], to: number): number {
  let found = -1;
  let least = Infinity;
  values.forEach((value, index) => {
    if (value === null || Math.abs(value - to) >= least) return;
    least = Math.abs(value - to);
    found = index;
  });
  return found;
}

/** The number of the piece that a value lies in, else of the one whose edge is nearest; empty pieces have no part in it. */
export function within(pieces: readonly Stack[], value: number): number {
  let found = -1;
  let least = Infinity;
  pieces.forEach(({ from, to }, index) => {
    const distance = Math.max(Math.min(from, to) - value, value - Math.max(from, to), 0);
    if (from === to || distance >= least) return;
    least = distance;
    found = index;
  });
  return found;
}
