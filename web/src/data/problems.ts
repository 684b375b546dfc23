// What the kinds of problems and their reasons mean, and the way out. Pure.
import type { ProblemKind } from '../api/types';

export interface KindText {
  title: string;
  means: string;
}

export const kinds: Readonly<Record<ProblemKind, KindText>> = {
  rejected: { title: 'Refused', means: 'Not stored. The sender was told why, and sending the same again does not help.' },
  changed: { title: 'Changed', means: 'Stored, but not quite as it was sent, because a bound was met.' },
  clock: { title: 'Wrong clocks', means: 'Stored under another time than was sent, because that cannot be right.' },
  merge: { title: 'Persons not merged', means: 'The events are stored. Two ids that were to become one person stay two.' },
  duplicate: { title: 'Duplicates', means: 'Sent again and counted once. A few are the sign of a healthy retry; many mean that an SDK does not see our answers.' },
};

interface ReasonText {
  title: string;
  out: string;
}

const reasons: Readonly<Record<string, ReasonText>> = {
  malformed: { title: 'The body is not valid JSON, or lacks its batch', out: 'Let a JSON library write the body, and send it as application/json.' },
  encoding: { title: 'The body could not be decompressed or decoded', out: 'Let Content-Encoding and ?compression= say what the body is, or leave both out.' },
  over_limit: { title: 'The request is too large', out: 'Send smaller batches, or raise the bound that is named (Headroom:Capture).' },
  wrong_type: { title: 'A part of the request is of the wrong type', out: 'Compare the request with what the protocol wants; the field is named.' },
  uuid: { title: 'Events without a uuid of their own', out: 'Give each event a uuid that no other has.' },
  key: { title: 'Keys of different projects in one request', out: 'Send the events of each project in a request of their own.' },
  event_name: { title: 'The event has no name', out: 'Send a name with the event.' },
  url: { title: 'The page’s address is missing or none', out: 'Send the whole address of the page, such as https://example.com/pricing.' },
  not_an_object: { title: 'Something in the batch is not an event', out: 'Each member of batch must be a JSON object.' },
  event_missing: { title: 'The event has no name', out: 'Send a name: capture("signed up"). An undefined variable is the usual cause.' },
  event_not_text: { title: 'The event’s name is not a text', out: 'Send the name as a text.' },
  event_too_long: { title: 'The event’s name is too long', out: 'Keep ids and addresses out of names; put them into properties.' },
  event_over200: { title: 'The event’s name has more than 200 characters', out: 'Keep ids and addresses out of names; put them into properties.' },
  distinct_id_missing: { title: 'No distinct id', out: 'Say who it was: a signed-in person’s id, or the anonymous one that the SDK makes.' },
  distinct_id_too_long: { title: 'The distinct id has more than 200 characters', out: 'Use the id of your database instead of a token or an address.' },
  distinct_id_illegal: { title: 'The distinct id is a placeholder', out: 'Do not identify before the id is there: “null”, “undefined” and the like would join strangers.' },
  uuid_invalid: { title: 'The uuid is none', out: 'Send a uuid such as 01890a5d-ac96-774b-bcce-b302099a8057, or leave it out.' },
  properties_not_object: { title: 'The properties are not an object', out: 'Send properties as a JSON object.' },
  person_properties_not_object: { title: 'The person’s properties are not an object', out: 'Send $set, $set_once and traits as JSON objects.' },
  too_many_properties: { title: 'Too many properties', out: 'Leave out what no question needs, or raise Headroom:Capture:MaxProperties.' },
  property_name_too_long: { title: 'A property’s name is too long', out: 'Do not use values as names; Headroom:Capture:MaxPropertyNameLength is the bound.' },
  property_value_too_large: { title: 'A property’s value is too large', out: 'Do not send files or whole documents; Headroom:Capture:MaxPropertyValueBytes is the bound.' },
  event_too_large: { title: 'The event is too large', out: 'Send less with it, or raise Headroom:Capture:MaxEventBytes.' },
  too_deep: { title: 'Values nest too deep', out: 'Flatten what you send, or raise Headroom:Capture:MaxDepth.' },
  number_out_of_range: { title: 'A number is too large', out: 'Send ids with many digits as texts.' },
  type_unknown: { title: 'The call’s type is unknown', out: 'Use track, identify, page, screen, group or alias.' },
  user_missing: { title: 'Neither userId nor anonymousId', out: 'Give one of the two with every call.' },
  previous_id_missing: { title: 'alias without previousId', out: 'Name the id from before.' },
  group_id_missing: { title: 'group without groupId', out: 'Name the group.' },
  unreadable: { title: 'A stored request could not be read', out: 'This is not the sender’s fault; the server’s log says more.' },
  distinct_id_cut: { title: 'The distinct id was cut to 200 characters', out: 'Use the id of your database instead of a token or an address. Ids with the same beginning are one person now.' },
  column_overflow: { title: 'A property found no column', out: 'Names made of values are the usual cause: send the value as a value. Headroom:Store:MaxPropertyColumns is the bound.' },
  person_full: { title: 'A person’s properties have no room', out: 'Set fewer or smaller properties on persons. Headroom:Writing:MaxPersonBytes is the bound.' },
  clock_corrected: { title: 'The sender’s clock is wrong', out: 'Nothing needs to be done: the difference was taken off. A server of yours whose clock is wrong should use a time service.' },
  timestamp_future: { title: 'The time lay in the future', out: 'Send seconds or milliseconds since 1970, or ISO 8601 with its time zone.' },
  timestamp_unreadable: { title: 'The time could not be read', out: 'Send ISO 8601, such as 2026-11-25T12:00:00Z.' },
  identified: { title: 'Both persons are identified already', out: 'Call reset() when somebody signs out, so that two people on one device stay two. $merge_dangerously joins them all the same.' },
  illegal_id: { title: 'An id that many people would share', out: 'Do not identify or alias before the id is there: “null”, “undefined”, “guest” and the like are refused.' },
  duplicate: { title: 'The event was there already', out: 'Where there are many: look for a proxy that cuts answers off, or for code that sends the same uuid again.' },
  missing_key: { title: 'No project key', out: 'Give the SDK a write key of the project; it is shown in its settings.' },
  unknown_key: { title: 'An unknown project key', out: 'Compare the key in the SDK with the write keys in the settings.' },
  unknown_domain: { title: 'A domain of no project', out: 'Add the domain in the settings of its project.' },
};

export function reasonText(reason: string): ReasonText {
  return Object.hasOwn(reasons, reason) ? (reasons[reason] ?? { title: reason, out: '' }) : { title: reason, out: '' };
}
