// A date and a time of a zone's clocks as an instant. Pure.
import { isDate } from './dates';

/** What the clocks of a zone show, as if it were UTC. */
function wall(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).formatToParts(new Date(instant));
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/** The instant at which the clocks show it: the first one where they do so twice, a moment after the gap where they never do. Null where it is none. */
export function toInstant(date: string, time: string, timeZone: string): string | null {
  if (!isDate(date) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) return null;
  const asked = Date.parse(`${date}T${time}:00Z`);
  // The zone's offsets a day before and after: around a change of the clocks one of them is the right one.
  const day = 86_400_000;
  const tries = [asked - day, asked + day].map((near) => asked - (wall(near, timeZone) - near));
  const fitting = tries.filter((one) => wall(one, timeZone) === asked);
  return new Date(fitting.length > 0 ? Math.min(...fitting) : Math.max(...tries)).toISOString();
}

/** The date and the time that the clocks of a zone show. */
export function toClocks(instant: string, timeZone: string): { date: string; time: string } {
  const text = new Date(wall(Date.parse(instant), timeZone)).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}
