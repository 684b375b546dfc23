// Writes a .br and a .gz beside every file that compresses, so that the server never compresses a static file.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const dist = path.join(import.meta.dirname, '..', 'dist');
const compressible = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);

const files = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && compressible.has(path.extname(entry.name)))
  .map((entry) => path.join(entry.parentPath, entry.name))
  .filter((file) => !file.includes(`${path.sep}.vite${path.sep}`));

let before = 0;
let after = 0;
for (const file of files) {
  const bytes = await readFile(file);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  before += bytes.length;
  after += br.length;
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}

console.log(`precompressed ${files.length} files: ${kB(before)} → ${kB(after)} brotli`);

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
