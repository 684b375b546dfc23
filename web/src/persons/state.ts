// What the views of persons and cohorts show, and how that stands in the address. Pure.
import { projectAddress } from '../lib/routes';
import { isText, wholeNumber } from '../state/texts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const maxId = 2 ** 31 - 1;

export interface PersonsState {
  search: string;
  /** The cohort whose persons are listed; null for all persons. */
  cohort: number | null;
  /** The uuid of the person whose details are open. */
  open: string | null;
}

export const defaultPersons: PersonsState = { search: '', cohort: null, open: null };

export function parsePersons(search: string): PersonsState {
  const parameters = new URLSearchParams(search);
  const [text, cohort, open] = [parameters.get('search'), wholeNumber(parameters.get('cohort'), 1, maxId, 0), parameters.get('open')];
  return { search: isText(text) ? text : '', cohort: cohort === 0 ? null : cohort, open: open !== null && uuid.test(open) ? open : null };
}

/** The address of a state, without what is as it is by default. */
export function formatPersons(state: PersonsState): string {
  const parameters = new URLSearchParams();
  if (state.search !== '') parameters.set('search', state.search);
  if (state.cohort !== null) parameters.set('cohort', String(state.cohort));
  if (state.open !== null) parameters.set('open', state.open);
  return parameters.toString();
}

/** The view of persons with one of them open. */
export function personAddress(project: string, uuid: string): string {
  return projectAddress(project, 'persons', formatPersons({ ...defaultPersons, open: uuid }));
}
