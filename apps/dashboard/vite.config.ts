import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Of this repository; its imports by `#libs/` are resolved from there. */
const root = fileURLToPath(new URL('../../', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative to `<base href>`, which the server sets: the page may be served below a prefix.
  base: './',
  plugins: [react()],
  resolve: {
    conditions: ['source'],
    // What the launcher has made of the map of the demo city.
    alias: { 'city-files': `${root}.cache/city/montevideo` },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The map has a chunk of its own that is loaded after the sign-in.
    chunkSizeWarningLimit: 1_500,
    assetsInlineLimit: 0,
  },
  server: {
    fs: { allow: [root] },
    proxy: {
      '/api': 'http://127.0.0.1:3000',
      '/socket.io': { target: 'http://127.0.0.1:3000', ws: true },
    },
  },
});
