/** Builds the console into `dist`: `npm run console:build`. What is worth it is there compressed as well, so that the server never does that. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
export const DIST = join(FOLDER, 'dist');
/** Smaller files fit into a packet or two as they are. */
const COMPRESSED_BYTES_MIN = 1000;

await build({ configFile: join(FOLDER, 'vite.config.ts'), logLevel: 'warn' });
for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(entry.name) || statSync(path).size < COMPRESSED_BYTES_MIN) continue;
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}
