// Examples of what properties hold, from events. Pure.
import type { EventSummary } from '../api/types';
import { formatJson } from '../lib/format';

const most = 3;
const longest = 80;

/** The first few different values of each property, the newest first, cut to a readable length. */
export function examplesOf(events: readonly Pick<EventSummary, 'properties'>[]): Map<string, string[]> {
  const examples = new Map<string, string[]>();
  for (const { properties } of events) {
    for (const [name, value] of Object.entries(properties)) {
      if (value === null || value === '') continue;
      const text = formatJson(value);
      const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
      const known = examples.get(name);
      if (!known) examples.set(name, [shown]);
      else if (known.length < most && !known.includes(shown)) known.push(shown);
    }
  }

  return examples;
}
