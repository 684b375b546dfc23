export interface Box {
  left: number;
  top: number;
  bottom: number;
  width: number;
}

const gap = 4;
const margin = 8;
const least = 220;

/** What a window shows of its page. */
interface Room {
  innerHeight: number;
  /** As wide as the page, without the scrollbar or the place that is kept for it, over which nothing is drawn. */
  document: { documentElement: { offsetWidth: number } };
}

/** Below the trigger where there is room, else above it, never past the window's edges. */
export function placeBelow(trigger: Box, width: number, most: number, { innerHeight, document }: Room = window) {
  const windowWidth = document.documentElement.offsetWidth;
  const fitting = Math.min(Math.max(width, trigger.width), windowWidth - 2 * margin);
  const left = Math.max(margin, Math.min(trigger.left, windowWidth - fitting - margin));
  const below = innerHeight - trigger.bottom - gap - margin;
  const above = trigger.top - gap - margin;
  if (below >= least || below >= above) {
    return { left, width: fitting, top: trigger.bottom + gap, maxHeight: Math.min(most, Math.max(below, 120)) };
  }

  return { left, width: fitting, bottom: innerHeight - trigger.top + gap, maxHeight: Math.min(most, above) };
}
