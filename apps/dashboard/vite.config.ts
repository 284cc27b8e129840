import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Of this repository; its imports by `#libs/` are resolved from there. */
const root = fileURLToPath(new URL('../../', import.meta.url));

const home = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: home,
  // Relative to `<base href>`, which the server sets: the page may be served below a prefix.
  base: './',
  plugins: [react(), sharedTripsInDevelopment()],
  resolve: {
    conditions: ['source'],
    // What the launcher has made of the map of the demo city.
    alias: { 'city-files': `${root}.cache/city/montevideo` },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    rolldownOptions: {
      input: ['index', 'ride', 'drive', 'share'].map((page) => `${home}${page}.html`),
    },
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

/** The server answers `/share/<token>` with the page for it; Vite's own would give that of dispatchers. */
function sharedTripsInDevelopment(): Plugin {
  return {
    name: 'shared-trips',
    configureServer: ({ middlewares }) => {
      middlewares.use((request, _response, next) => {
        if (request.url?.startsWith('/share/')) request.url = '/share.html';
        next();
      });
    },
  };
}
