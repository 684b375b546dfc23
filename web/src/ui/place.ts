export interface Box {
  left: number;
  top: number;
  bottom: number;
  width: number;
}

const gap = 4;
const margin = 8;
const least = 220;

/** Below the trigger where there is room, else above it, never past the window's edges. */
export function placeBelow(trigger: Box, width: number, most: number, windowWidth: number, windowHeight: number) {
  const fitting = Math.min(Math.max(width, trigger.width), windowWidth - 2 * margin);
  const left = Math.max(margin, Math.min(trigger.left, windowWidth - fitting - margin));
  const below = windowHeight - trigger.bottom - gap - margin;
  const above = trigger.top - gap - margin;
  if (below >= least || below >= above) {
    return { left, width: fitting, top: trigger.bottom + gap, maxHeight: Math.min(most, Math.max(below, 120)) };
  }

  return { left, width: fitting, bottom: windowHeight - trigger.top + gap, maxHeight: Math.min(most, above) };
}
