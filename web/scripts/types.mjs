// Makes src/api/schema.ts from docs/openapi.json; with --check it writes nothing and fails where the file differs.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const root = path.join(import.meta.dirname, '..');
const document = path.join(root, '..', 'docs', 'openapi.json');
const file = path.join(root, 'src', 'api', 'schema.ts');

// A field with a default may be left out of a request, so it is not taken for one that is always there.
const types = astToString(await openapiTS(pathToFileURL(document), { defaultNonNullable: false }));
const text = `// Made from docs/openapi.json by npm run types. Not to be edited.\n\n${types}`;
if (!process.argv.includes('--check')) {
  await writeFile(file, text);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('src/api/schema.ts is not what docs/openapi.json says. Run: npm run types');
  process.exit(1);
}
