// Fails the build when the JavaScript and the styles that the first page needs (the entry and what it imports
// statically) pass the budget.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

const budget = 100_000;
const dist = path.join(import.meta.dirname, '..', 'dist');
const manifest = JSON.parse(await readFile(path.join(dist, '.vite', 'manifest.json'), 'utf8'));

const initial = new Set();
function visit(key) {
  const chunk = manifest[key];
  if (initial.has(chunk.file)) return;
  initial.add(chunk.file);
  for (const styles of chunk.css ?? []) initial.add(styles);
  for (const imported of chunk.imports ?? []) visit(imported);
}
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);
initial.add('theme.js');

let total = 0;
for (const file of initial) {
  const { size } = await stat(path.join(dist, `${file}.gz`));
  total += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB gzip  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB gzip  initial JavaScript and styles (budget ${budget / 1000} kB)`);
if (total > budget) {
  console.error('The first page is over its budget. Load what the first view does not need with import().');
  process.exit(1);
}
