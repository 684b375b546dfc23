// The parts of the settings, in their order. Pure.
const sections = [
  ['general', 'General'],
  ['install', 'Send events'],
  ['keys', 'Keys'],
  ['members', 'Members'],
  ['import', 'Import'],
  ['export', 'Export'],
  ['retention', 'Data retention'],
  ['privacy', 'Privacy'],
  ['deletions', 'Deleted persons'],
  ['ledger', 'Ledger'],
  ['health', 'Health'],
  ['alerts', 'Alerts'],
] as const;

// Of these an admin's keys are a part.
const ofAdmins: readonly string[] = ['install', 'keys', 'import', 'retention', 'privacy', 'deletions'];

export type SettingsSection = (typeof sections)[number];

/** Those that somebody sees, by their ids in the page. */
export const sectionsFor = (admin: boolean, operator: boolean): readonly SettingsSection[] =>
  sections.filter(([id]) => (admin || !ofAdmins.includes(id)) && (operator || id !== 'alerts'));
