// Fails the build when the JavaScript and the styles that every page needs (the entry and what it imports statically),
// or all that Home, the first view of a project, needs pass their budgets.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

const budgets = { shell: 102_000, home: 250_000 };
const dist = path.join(import.meta.dirname, '..', 'dist');
const manifest = JSON.parse(await readFile(path.join(dist, '.vite', 'manifest.json'), 'utf8'));

/** A chunk and what it imports statically, with their styles. */
function filesOf(key, files = new Set()) {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const styles of chunk.css ?? []) files.add(styles);
  for (const imported of chunk.imports ?? []) filesOf(imported, files);
  return files;
}

async function sizeOf(files, list) {
  let total = 0;
  for (const file of files) {
    const { size } = await stat(path.join(dist, `${file}.gz`));
    total += size;
    if (list) console.log(`${kilobytes(size)} gzip  ${file}`);
  }
  return total;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(8)} kB`;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = filesOf(entry).add('theme.js');
const home = new Set([...shell, ...filesOf('src/home/Home.tsx')]);
const totals = { shell: await sizeOf(shell, true), home: await sizeOf(home, false) };
console.log(`${kilobytes(totals.shell)} gzip  what every page needs (budget ${budgets.shell / 1000} kB)`);
console.log(`${kilobytes(totals.home)} gzip  with the whole of Home (budget ${budgets.home / 1000} kB)`);
for (const [name, total] of Object.entries(totals)) {
  if (total <= budgets[name]) continue;
  console.error(`The ${name} is over its budget. Load what its first picture does not need with import().`);
  process.exitCode = 1;
}
