import { describe, expect, it } from 'vitest';

const sheets = import.meta.glob<string>('../**/*.module.css', { query: '?raw', import: 'default', eager: true });
const sources = import.meta.glob<string>('../**/*.tsx', { query: '?raw', import: 'default', eager: true });

/** Where an import leads: "../home/Card.tsx" and "./Card.module.css" to "../home/Card.module.css". */
function resolve(from: string, to: string): string {
  return new URL(to, new URL(from, 'file:///src/styles/')).pathname;
}

const classesOf = (sheet: string) => new Set([...sheet.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/\{[^{}]*\}/g, '{}').matchAll(/\.([a-z][\w-]*)/gi)].map((match) => match[1] ?? ''));

const users = new Map<string, { file: string; source: string; name: string }[]>();
for (const [file, source] of Object.entries(sources)) {
  for (const [, name = '', to = ''] of source.matchAll(/import (\w+) from '(\.[^']+\.module\.css)'/g)) {
    const sheet = resolve(file, to);
    users.set(sheet, [...(users.get(sheet) ?? []), { file, source, name }]);
  }
}

describe.each(Object.entries(sheets))('%s', (file, sheet) => {
  const defined = classesOf(sheet);
  const here = users.get(resolve(file, file.replace(/^.*\//, './'))) ?? [];

  it('has a rule for every class that is used', () => {
    const unknown = here.flatMap(({ file: user, source, name }) => [...source.matchAll(new RegExp(`\\b${name}\\['([\\w-]+)'\\]`, 'g'))].flatMap(([, one = '']) => (defined.has(one) ? [] : [`${user}: ${one}`])));
    expect(unknown).toEqual([]);
  });

  it('has no class that nobody uses', () => {
    // Some names are chosen by a property, so that it is a word of the source that counts.
    expect([...defined].filter((one) => !here.some(({ source }) => source.includes(`'${one}'`)))).toEqual([]);
  });
});
