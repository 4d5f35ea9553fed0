// The console as files that the server serves: made when they are missing or older than what they are made from. Plain JavaScript, as node-program.mjs is.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeProgram, root } from './node-program.mjs';

const FOLDER = join(root, 'packages', 'console');
const BUILT = join(FOLDER, 'dist', 'index.html');
const SOURCES = ['src', 'index.html', 'vite.config.ts', 'build.ts', 'package.json'];

/** Builds it when that is due, and answers whether it is there. Says what it does on standard error. */
export function buildConsole() {
  if (existsSync(BUILT) && SOURCES.every(path => newestMs(join(FOLDER, path)) <= statSync(BUILT).mtimeMs)) return true;
  const why = existsSync(BUILT) ? 'its sources have changed' : 'first start in this folder';
  process.stderr.write(`Building the console (${why}) …\n`);
  // Standard output belongs to the program that is started afterwards.
  const { status } = spawnSync(nodeProgram(), [join(FOLDER, 'build.ts')], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.stderr.write('The console could not be built. Everything else works; try: npm run console:build\n');
  return status === 0;
}

/** When the file, or the newest thing in the folder, was changed; of a folder, that is when something in it came or went, too. */
function newestMs(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(path).map(name => newestMs(join(path, name))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = buildConsole() ? 0 : 1;
