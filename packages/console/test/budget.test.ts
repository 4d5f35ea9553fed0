import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const MANIFEST = join(DIST, '.vite/manifest.json');
/** What a first visit may load, compressed. */
const FIRST_LOAD_BYTES_MAX = 250_000;
/** What a page may add to it: its own code, and parts that the overview has not. */
const PAGE_BYTES_MAX = 100_000;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
  readonly assets?: readonly string[];
}

const skip = existsSync(MANIFEST) ? false : 'the console is not built: npm run console:build';
const chunks = skip ? {} : (JSON.parse(readFileSync(MANIFEST, 'utf8')) as Record<string, Chunk>);

/** The files that a browser loads for this module. */
function filesOf(name: string, found = new Set<string>()): Set<string> {
  const { file, imports = [], css = [], assets = [] } = chunks[name]!;
  if (found.has(file)) return found;
  for (const each of [file, ...css, ...assets]) found.add(each);
  for (const each of imports) filesOf(each, found);
  return found;
}

function sentBytes(files: Iterable<string>): number {
  let sum = 0;
  for (const file of files) {
    const path = join(DIST, file);
    sum += statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;
  }
  return sum;
}

const first = skip ? new Set<string>() : new Set([...filesOf('index.html'), ...filesOf('src/pages/overview/route.tsx'), 'index.html']);

test(`the first visit loads less than ${FIRST_LOAD_BYTES_MAX} bytes, and no font`, { skip }, () => {
  const bytes = sentBytes(first);
  assert.ok(bytes < FIRST_LOAD_BYTES_MAX, `${bytes} bytes: ${[...first].map(file => `${file} ${sentBytes([file])}`).join(', ')}`);
  assert.ok(bytes > 50_000, 'the files were found');
  assert.deepEqual(
    [...first].filter(file => /\.(woff2?|ttf)$/.test(file)),
    [],
  );
});

test(`no page adds more than ${PAGE_BYTES_MAX} bytes to it`, { skip }, () => {
  const pages = Object.keys(chunks).filter(name => /^src\/pages\/[^/]+\/route\.tsx$/.test(name));
  assert.ok(pages.length >= 4, pages.join());
  for (const page of pages) {
    const more = [...filesOf(page)].filter(file => !first.has(file));
    assert.ok(sentBytes(more) <= PAGE_BYTES_MAX, `${page}: ${sentBytes(more)} bytes`);
  }
});
