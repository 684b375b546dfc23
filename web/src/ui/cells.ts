import { useEffect, useRef, type FocusEvent, type KeyboardEvent, type RefObject } from 'react';

const selector = 'button[data-cell]';

const steps: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
};

/**
 * Buttons with data-cell, in a table or side by side, as one stop for Tab however many they are: the arrow keys lead from
 * one to the next, and Tab comes back to the last one. To be spread on the element that holds them.
 */
export function useCells<Element extends HTMLElement>(): { ref: RefObject<Element | null>; onKeyDown: (event: KeyboardEvent) => void; onFocus: (event: FocusEvent) => void } {
  const ref = useRef<Element>(null);

  // Which cell is the stop is no part of what is drawn: it outlives new figures, and goes to the first cell where its own is gone.
  useEffect(() => {
    const holder = ref.current;
    if (holder && !holder.querySelector(`${selector}[tabindex="0"]`)) holder.querySelector(selector)?.setAttribute('tabindex', '0');
  });

  const onFocus = (event: FocusEvent) => {
    if (!event.target.matches(selector)) return;
    for (const stop of ref.current?.querySelectorAll(`${selector}[tabindex="0"]`) ?? []) stop.setAttribute('tabindex', '-1');
    event.target.setAttribute('tabindex', '0');
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    const target = event.target;
    if (!step || !ref.current || !(target instanceof HTMLElement) || !target.matches(selector)) return;
    event.preventDefault();
    neighbour(ref.current, target, step)?.focus();
  };

  return { ref, onKeyDown, onFocus };
}

/** The next button in a direction, past cells that have none; outside a table the one before or after. */
function neighbour(holder: HTMLElement, from: HTMLElement, [rows, columns]: readonly [number, number]): HTMLElement | null {
  let row = from.closest('tr');
  if (!row) {
    const all = [...holder.querySelectorAll<HTMLElement>(selector)];
    return all[all.indexOf(from) + rows + columns] ?? null;
  }

  let index = [...row.cells].findIndex((cell) => cell.contains(from));
  for (;;) {
    if (rows !== 0) row = (rows > 0 ? row.nextElementSibling : row.previousElementSibling) as HTMLTableRowElement | null;
    index += columns;
    const cell = row?.cells[index];
    if (!row || !cell) return null;
    const button = cell.querySelector<HTMLElement>(selector);
    if (button) return button;
  }
}
