import { useEffect } from 'react';

/** Keys by what they are typed as: "?", a chord such as "g t", or "mod+k" with Ctrl or ⌘ held, which is heard in fields too. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const chordWithin = 1_000;

/** What a key means after the one before it, and what to remember for the next. Pure. */
export function match(
  shortcuts: Shortcuts,
  key: string,
  before: { key: string; at: number } | null,
  now: number,
): (() => void) | undefined {
  const chord = before && now - before.at <= chordWithin ? shortcuts[`${before.key} ${key}`] : undefined;
  return chord ?? shortcuts[key];
}

/** What the key beside the letters is called on this machine. */
export const modKey = () => (/mac|iphone|ipad/i.test(navigator.platform) ? '⌘' : 'Ctrl');

export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    let before: { key: string; at: number } | null = null;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.repeat) return;
      const held = event.ctrlKey || event.metaKey;
      const elsewhere = held ? 'dialog, [popover]' : 'input, select, textarea, [contenteditable], dialog, [popover]';
      if (event.target instanceof Element && event.target.closest(elsewhere)) return;
      // It presses what has the focus.
      if (event.key === ' ' && event.target instanceof Element && event.target.closest('a, button, summary')) return;
      const now = event.timeStamp;
      const action = held ? shortcuts[`mod+${event.key.toLowerCase()}`] : match(shortcuts, event.key, before, now);
      before = action ? null : { key: event.key, at: now };
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [shortcuts]);
}
