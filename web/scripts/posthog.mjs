// Puts posthog-js beside the app, as its package ships it, for pages that load it from where they send to. Only those of its parts whose events Headroom takes: no
// recorder, no surveys, no toolbar.
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const parts = ['array.js', 'web-vitals.js', 'web-vitals-with-attribution.js', 'exception-autocapture.js', 'dead-clicks-autocapture.js', 'tracing-headers.js', 'external-scripts-loader.js'];
const from = path.dirname(createRequire(import.meta.url).resolve('posthog-js/dist/array.js'));
const to = path.join(import.meta.dirname, '..', 'dist', 'posthog');

await mkdir(to, { recursive: true });
await Promise.all([
  ...parts.map((name) => copyFile(path.join(from, name), path.join(to, name))),
  copyFile(path.join(from, '..', 'LICENSE'), path.join(to, 'LICENSE.txt')),
]);
