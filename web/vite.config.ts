import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const browsers = ['chrome123', 'edge123', 'firefox121', 'safari17.5'];

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    target: browsers,
    cssTarget: browsers,
    // The content-security policy has no data: source, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    // The size check reads which files the first page needs.
    manifest: true,
    // The polyfill is for browsers older than the ones above.
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: { '/api': 'http://localhost:8080', '/health': 'http://localhost:8080' },
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node', css: { include: [/\.css\?raw$/] } },
});
