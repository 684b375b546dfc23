// Who a person is, in words. Pure.
import type { JsonObject, PersonItem } from '../api/types';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}/i;

export interface PersonName {
  name: string;
  /** What else tells the person apart; empty where nothing does. */
  detail: string;
  /** Whether the name is only an id. */
  anonymous: boolean;
}

/** A name or an e-mail address where the person has one, else the distinct id that reads best. */
export function personName(person: Pick<PersonItem, 'key' | 'distinctIds' | 'properties'>): PersonName {
  const name = text(person.properties, ['name', '$name', 'username']);
  const email = text(person.properties, ['email', '$email']);
  // SDKs make up ids that look like a UUID; one that a team gave says more.
  const id = person.distinctIds.find((one) => !uuid.test(one)) ?? person.distinctIds[0];
  const [first, second] = [name, email, id].filter((one) => one !== undefined);
  return { name: first ?? `Person ${String(person.key)}`, detail: second ?? '', anonymous: name === undefined && email === undefined };
}

function text(properties: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = properties[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }

  return undefined;
}
