import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/** The server that `npm run console:dev` asks. */
const SERVER = process.env.ANGARIUM_URL ?? 'http://127.0.0.1:8080';

/** PatternFly's fonts and pictures stay out: the system has fonts, and the first visit is not to wait for others. */
const withoutFonts: Plugin = {
  name: 'without-fonts',
  enforce: 'pre',
  transform: (code, id) =>
    id.includes('@patternfly') && id.endsWith('.css')
      ? code.replaceAll(/@font-face\s*\{[^}]*\}/g, '').replaceAll(/url\((["']?)\.?\/?assets\/[^)]*\)/g, 'none')
      : undefined,
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/ui/',
  plugins: [withoutFonts],
  build: {
    // Browsers of the last two years: for older ones every style would be written several times.
    target: ['chrome123', 'firefox128', 'safari18'],
    outDir: 'dist',
    // What the test of the budget goes by.
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
    // Libraries say where React's server components end; there are none here.
    rolldownOptions: { onLog: (level, log, otherwise) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && otherwise(level, log) },
  },
  server: {
    proxy: Object.fromEntries(
      ['/apis', '/console', '/m', '/ws', '/amqp', '/mqtt', '/healthz', '/readyz'].map(path => [
        path,
        { target: SERVER, ws: true, changeOrigin: true, headers: { origin: SERVER } },
      ]),
    ),
  },
});
