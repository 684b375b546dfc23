// A person's events as a time line: days, and in them visits. Pure.
import type { EventSummary } from '../api/types';
import { today } from '../lib/dates';

export interface Visit {
  /** Of its newest event. */
  key: string;
  session: string | null;
  events: EventSummary[];
}

export interface JourneyDay {
  /** A calendar date in the project's time zone. */
  date: string;
  visits: Visit[];
}

/** Events that follow on each other in one session are a visit; one that lasts past midnight is told on both days. */
export function journeyDays(events: readonly EventSummary[], timeZone: string): JourneyDay[] {
  const days: JourneyDay[] = [];
  for (const event of events) {
    const date = today(timeZone, new Date(event.timestamp));
    let day = days.at(-1);
    if (day?.date !== date) days.push((day = { date, visits: [] }));
    const visit = day.visits.at(-1);
    if (visit && visit.session === event.sessionId) visit.events.push(event);
    else day.visits.push({ key: event.uuid, session: event.sessionId, events: [event] });
  }

  return days;
}

/** From a visit's first event to its last, in seconds. */
export function visitSeconds(visit: Visit): number {
  const [newest, oldest] = [visit.events[0], visit.events.at(-1)];
  return newest && oldest ? (Date.parse(newest.timestamp) - Date.parse(oldest.timestamp)) / 1000 : 0;
}
