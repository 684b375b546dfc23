import { useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';

export interface Extent {
  top: number;
  height: number;
}

/** Where an item lands that was dragged by so many pixels: before all whose middle its own middle has not passed. Pure. */
export function landing(items: readonly Extent[], from: number, by: number): number {
  const own = items[from];
  if (!own) return from;
  const middle = own.top + own.height / 2 + by;
  return items.filter((one, index) => index !== from && one.top + one.height / 2 < middle).length;
}

/** How far an item makes way while another is dragged from one place to the next. Pure. */
export function shift(items: readonly Extent[], from: number, to: number, index: number): number {
  const own = items[from];
  const next = items[from + 1] ?? items[from - 1];
  if (!own || !next || index === from) return 0;
  // The distance between two items belongs to the one that is taken out.
  const gap = from + 1 < items.length ? next.top - own.top - own.height : own.top - next.top - next.height;
  if (index > from && index <= to) return -(own.height + gap);
  return index < from && index >= to ? own.height + gap : 0;
}

interface Drag {
  from: number;
  to: number;
  by: number;
  start: number;
  items: readonly Extent[];
}

/**
 * A list whose items are put in another order by a handle each: dragged with a pointer, or moved by the arrow keys.
 * The order changes once, when the item is let go.
 */
export function useSortable<List extends HTMLElement, Item extends HTMLElement>(list: RefObject<List | null>, count: number, onMove: (from: number, to: number) => void) {
  const focusAt = useRef<number | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);

  // A moved item is another element of the list; the focus goes with what the reader moves.
  useLayoutEffect(() => {
    if (focusAt.current === null) return;
    list.current?.children[focusAt.current]?.querySelector<HTMLElement>('[data-grip]')?.focus();
    focusAt.current = null;
  });

  const move = (from: number, to: number) => {
    if (to < 0 || to >= count || to === from) return;
    focusAt.current = to;
    onMove(from, to);
  };

  const grip = (index: number) => ({
    'data-grip': true,
    onPointerDown: (event: PointerEvent<Item>) => {
      if (event.button !== 0 || !list.current) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const items = [...list.current.children].map((one) => {
        const { top, height } = one.getBoundingClientRect();
        return { top, height };
      });
      setDrag({ from: index, to: index, by: 0, start: event.pageY, items });
    },
    onPointerMove: (event: PointerEvent<Item>) => {
      const by = event.pageY - (drag?.start ?? 0);
      if (drag) setDrag({ ...drag, by, to: landing(drag.items, drag.from, by) });
    },
    onPointerUp: () => {
      if (!drag) return;
      setDrag(null);
      move(drag.from, drag.to);
    },
    onPointerCancel: () => setDrag(null),
    onKeyDown: (event: KeyboardEvent<Item>) => {
      if (event.key === 'Escape' && drag) {
        setDrag(null);
      } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        event.preventDefault();
        move(index, event.key === 'ArrowUp' ? index - 1 : index + 1);
      }
    },
  });

  const place = (index: number): CSSProperties | undefined => {
    if (!drag) return undefined;
    if (index === drag.from) return { transform: `translateY(${String(drag.by)}px)`, zIndex: 1, position: 'relative' };
    return { transform: `translateY(${String(shift(drag.items, drag.from, drag.to, index))}px)`, transition: 'transform 0.15s' };
  };

  return { grip, place, dragged: drag?.from ?? null };
}
