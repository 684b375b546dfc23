import { useId, useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { useWidth } from '../charts/useWidth';
import { classes } from '../ui/classes';
import { Hidden } from '../ui/controls';
import { Icon } from '../ui/icons';
import { useSortable } from '../ui/sortable';
import ui from '../ui/ui.module.css';
import styles from './dashboards.module.css';
import { columns, describe, nudge, put, readingOrder, reorder, rows, sameLayout, type Place } from './grid';

/** A row and the gap below it, in pixels, as the style sheet has them. */
const pitch = 80;

/** Where the style sheet gives a board no more room than this, its tiles stand in one column. */
const oneColumn = 720;

interface GridProps<T extends Place> {
  tiles: readonly T[];
  title: (tile: T) => string;
  /** The tile; where tiles can be arranged, with the handle that moves it. */
  draw: (tile: T, handle: ReactNode) => ReactNode;
  /** Takes another arrangement; left out where tiles stay where they are. */
  onArrange?: ((places: T[]) => void) | undefined;
}

interface Drag<T extends Place> {
  id: number;
  how: 'move' | 'resize';
  /** Where the tile was, and where the pointer was on the page. */
  from: Place;
  start: { x: number; y: number };
  by: { x: number; y: number };
  tiles: readonly T[];
  preview: T[];
}

/**
 * Tiles on a grid; in one column on a phone. They are moved and made another size by a handle each: dragged with a
 * pointer, or by the arrow keys, of which each is told to who cannot see it. In one column they are put in another
 * order, and have the sizes that they were given on the grid.
 */
export function Grid<T extends Place>({ tiles, title, draw, onArrange }: GridProps<T>) {
  const [grid, width] = useWidth<HTMLDivElement>();
  const focused = useRef<string | null>(null);
  const [drag, setDrag] = useState<Drag<T> | null>(null);
  const [said, setSaid] = useState('');
  const id = useId();
  const shown = readingOrder(drag?.preview ?? tiles);
  const single = width > 0 && width <= oneColumn;

  // Tiles stand in the page as they are read, so that a moved one is put elsewhere in it; the focus goes along.
  useLayoutEffect(() => {
    if (focused.current === null) return;
    grid.current?.querySelector<HTMLElement>(`[data-handle="${focused.current}"]`)?.focus();
    focused.current = null;
  });

  const arrange = (next: T[], tile: T, handle: string) => {
    const own = next.find((one) => one.id === tile.id) ?? tile;
    focused.current = handle;
    setSaid(sameLayout(next, tiles) ? `${title(tile)} cannot go further` : describe(own, title(tile)));
    if (!sameLayout(next, tiles)) onArrange?.(next);
  };

  const sortable = useSortable<HTMLDivElement, HTMLButtonElement>(grid, tiles.length, (from, to) => {
    const next = reorder(tiles, from, to);
    const own = readingOrder(next)[to];
    if (own) setSaid(`${title(own)} is number ${String(to + 1)} of ${String(tiles.length)}`);
    onArrange?.(next);
  });

  const press = (event: KeyboardEvent, tile: T, how: Drag<T>['how']) => {
    if (event.key === 'Escape' && drag) {
      setDrag(null);
      return;
    }

    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [dx = 0, dy = 0] = step;
    arrange(how === 'move' ? nudge(tiles, tile.id, dx, dy) : put(tiles, tile.id, { width: tile.width + dx, height: tile.height + dy }), tile, `${how}-${String(tile.id)}`);
  };

  const handlers = (tile: T, how: Drag<T>['how']) => ({
    'data-handle': `${how}-${String(tile.id)}`,
    'aria-describedby': `${id}-${how}`,
    onKeyDown: (event: KeyboardEvent) => press(event, tile, how),
    onPointerDown: (event: PointerEvent<HTMLButtonElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrag({ id: tile.id, how, from: tile, start: { x: event.pageX, y: event.pageY }, by: { x: 0, y: 0 }, tiles, preview: [...tiles] });
    },
    onPointerMove: (event: PointerEvent<HTMLButtonElement>) => {
      if (drag?.id !== tile.id || !grid.current) return;
      const by = { x: event.pageX - drag.start.x, y: event.pageY - drag.start.y };
      const column = (grid.current.clientWidth + 16) / columns;
      const [across, down] = [by.x / column, by.y / pitch];
      const { x, y, width, height } = drag.from;
      const preview = put(drag.tiles, tile.id, drag.how === 'move' ? { x: x + across, y: y + down } : { width: width + across, height: height + down });
      setDrag({ ...drag, by, preview });
      scrollAtEdge(event);
    },
    onPointerUp: () => {
      if (drag?.id !== tile.id) return;
      setDrag(null);
      if (!sameLayout(drag.preview, tiles)) arrange(drag.preview, tile, `${how}-${String(tile.id)}`);
    },
    onPointerCancel: () => setDrag(null),
  });

  const sorts = (tile: T, index: number) => {
    const grip = sortable.grip(index);
    return {
      ...grip,
      'data-handle': `move-${String(tile.id)}`,
      'aria-describedby': `${id}-sort`,
      onPointerMove: (event: PointerEvent<HTMLButtonElement>) => {
        grip.onPointerMove(event);
        if (sortable.dragged === index) scrollAtEdge(event);
      },
    };
  };

  return (
    <>
      <div ref={grid} className={styles['grid']} style={{ '--rows': rows(shown) } as CSSProperties} data-arranging={onArrange !== undefined} data-dragging={drag !== null || sortable.dragged !== null} data-testid="grid">
        {shown.map((tile, index) => {
          const dragged = drag?.id === tile.id ? drag : null;
          const name = title(tile);
          return (
            <section key={tile.id} className={classes(ui['card'], styles['tile'])} style={{ ...look(dragged ? dragged.from : tile, dragged), ...sortable.place(index) }} data-dragged={dragged !== null || sortable.dragged === index} aria-label={name} data-testid="tile" data-tile={tile.id}>
              {draw(tile, onArrange && (
                <button type="button" className={styles['move']} aria-label={`Move ${name}`} title="Drag to move" data-testid="move-tile" {...(single ? sorts(tile, index) : handlers(tile, 'move'))}><Icon name="grip" /></button>
              ))}
              {onArrange && (
                <button type="button" className={styles['resize']} aria-label={`Change the size of ${name}`} title="Drag to change the size" data-testid="resize-tile" {...handlers(tile, 'resize')}><Icon name="resize" /></button>
              )}
            </section>
          );
        })}
        {drag && drag.preview.filter((one) => one.id === drag.id).map((one) => <div key="target" className={styles['target']} style={look(one, null)} />)}
      </div>
      {onArrange && (
        <>
          <span hidden id={`${id}-move`}>The arrow keys move it</span>
          <span hidden id={`${id}-sort`}>The arrow keys move it up and down</span>
          <span hidden id={`${id}-resize`}>The arrow keys make it wider, narrower, higher and lower</span>
        </>
      )}
      <span role="status" aria-live="polite" data-testid="arranged"><Hidden>{said}</Hidden></span>
    </>
  );
}

/** A tile that is dragged to the edge of the window takes the page along. */
function scrollAtEdge({ clientY }: PointerEvent) {
  if (clientY > window.innerHeight - 48) window.scrollBy(0, 16);
  else if (clientY < 48) window.scrollBy(0, -16);
}

/** Where a tile stands; while it is dragged it goes with the pointer from where it was. */
function look(place: Place, drag: Pick<Drag<Place>, 'how' | 'by'> | null): CSSProperties {
  const style: Record<string, string | number> = { '--x': place.x, '--y': place.y, '--w': place.width, '--h': place.height };
  if (drag?.how === 'move') style['transform'] = `translate(${String(drag.by.x)}px, ${String(drag.by.y)}px)`;
  if (drag?.how === 'resize') Object.assign(style, { '--dw': `${String(drag.by.x)}px`, '--dh': `${String(drag.by.y)}px` });
  return style;
}
