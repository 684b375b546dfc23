// Where tiles stand on a grid of twelve columns. Pure. Tiles fall upwards: between a tile and what is above it there is
// never a free row, so that a tile is moved by saying before or beside which others it wants to be.

export const columns = 12;
export const maxHeight = 24;

export interface Place {
  id: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Wide enough for a legend and an axis, or for one figure. */
export const leastWidth = 2;
export const leastHeight = 2;

export function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function inOrder<T extends Place>(places: readonly T[]): T[] {
  return [...places].sort((a, b) => a.y - b.y || a.x - b.x || a.id - b.id);
}

/** All tiles as far up as they get without passing another; those that lie over others make way downwards. */
export function fall<T extends Place>(places: readonly T[]): T[] {
  return stack(inOrder(places));
}

function stack<T extends Place>(ordered: readonly T[]): T[] {
  const placed: T[] = [];
  for (const one of ordered) {
    placed.push({ ...one, y: below(placed, one) });
  }

  return placed;
}

/** The row that a tile falls up to below others. */
function below(placed: readonly Place[], one: Place): number {
  return Math.max(0, ...placed.filter((other) => one.x < other.x + other.width && other.x < one.x + one.width).map((other) => other.y + other.height));
}

/** The tiles with one put elsewhere or made another size; the others make way. */
export function put<T extends Place>(places: readonly T[], id: number, to: Partial<Omit<Place, 'id'>>): T[] {
  const known = places.find((one) => one.id === id);
  if (!known) return [...places];
  const width = clamp(to.width ?? known.width, leastWidth, columns);
  const height = clamp(to.height ?? known.height, leastHeight, maxHeight);
  const y = Math.max(Math.round(to.y ?? known.y), 0);
  const moved: T = { ...known, width, height, x: clamp(to.x ?? known.x, 0, columns - width), y };
  // It stands before what begins in its row or below, and after what begins above.
  const others = inOrder(places.filter((one) => one.id !== id));
  return stack([...others.filter((one) => one.y < y), moved, ...others.filter((one) => one.y >= y)]);
}

/** The next arrangement in a direction; the same one where there is none. */
export function nudge<T extends Place>(places: readonly T[], id: number, dx: number, dy: number): T[] {
  const known = places.find((one) => one.id === id);
  if (!known) return [...places];
  const most = rows(places) + 1;
  for (let step = 1; step <= Math.max(columns, most); step++) {
    const next = put(places, id, { x: known.x + dx * step, y: known.y + dy * step });
    const own = next.find((one) => one.id === id);
    if (own && (own.x !== known.x || own.y !== known.y)) return next;
    if (dx !== 0) break;
  }

  return [...places];
}

/**
 * The tiles with one read so many places earlier or later, as it is moved where they stand in one column. It exchanges its
 * column and row with each that it passes; sizes stay.
 */
export function reorder<T extends Place>(places: readonly T[], from: number, to: number): T[] {
  let ordered = inOrder(places);
  const step = Math.sign(to - from);
  for (let index = from; index !== to; index += step) ordered = exchange(ordered, Math.min(index, index + step));
  return ordered;
}

/** The tile at an index of the reading order and the one after it, each where the other stood. */
function exchange<T extends Place>(ordered: readonly T[], index: number): T[] {
  const [first, second] = [ordered[index], ordered[index + 1]];
  if (!first || !second) return [...ordered];
  return inTurn([...ordered.slice(0, index), { ...second, x: first.x }, { ...first, x: second.x }, ...ordered.slice(index + 2)]);
}

/** As stacked, but read in this order: a tile that would rise before the one ahead of it goes to the nearest column where it does not. */
function inTurn<T extends Place>(ordered: readonly T[]): T[] {
  const placed: T[] = [];
  for (const one of ordered) {
    const last = placed.at(-1);
    const own = clamp(one.x, 0, columns - one.width);
    const places = Array.from({ length: columns - one.width + 1 }, (_, x) => ({ ...one, x, y: below(placed, { ...one, x }) }))
      .filter(({ x, y }) => !last || y > last.y || (y === last.y && x > last.x))
      .sort((a, b) => Math.abs(a.x - own) - Math.abs(b.x - own));
    placed.push(...places.slice(0, 1));
  }

  return placed;
}

/** The place of a new tile: the first that has room for it, below all others at the latest. */
export function placeFor(places: readonly Place[], width: number, height: number): Pick<Place, 'x' | 'y'> {
  for (let y = 0; y < rows(places); y++) {
    for (let x = 0; x + width <= columns; x++) {
      const place = { id: 0, x, y, width, height };
      if (!places.some((one) => overlap(place, one))) return { x, y };
    }
  }

  return { x: 0, y: rows(places) };
}

/** How many rows the tiles take. */
export function rows(places: readonly Place[]): number {
  return Math.max(0, ...places.map((one) => one.y + one.height));
}

/** As they are read, and as they stand in one column. */
export function readingOrder<T extends Place>(places: readonly T[]): T[] {
  return inOrder(places);
}

export function sameLayout(a: readonly Place[], b: readonly Place[]): boolean {
  const key = (places: readonly Place[]) => inOrder(places).map((one) => [one.id, one.x, one.y, one.width, one.height].join()).join(';');
  return key(a) === key(b);
}

/** For who hears what happens: "Sign-ups is at column 3, row 2, 6 columns wide and 4 rows high". */
export function describe(place: Place, title: string): string {
  return `${title} is at column ${String(place.x + 1)}, row ${String(place.y + 1)}, ${String(place.width)} columns wide and ${String(place.height)} rows high`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(Math.round(value), least), most);
}
