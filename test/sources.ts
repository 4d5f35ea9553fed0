import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const NOT_OURS = new Set(['node_modules', '.git', 'data', 'dist', '.cache', 'bench-bin', 'corpus']);

export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** All files below `folder` whose name ends with one of `endings`, without what is installed, built or generated as data. */
export function sourcesBelow(folder: string, endings: readonly string[]): Source[] {
  const found: Source[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (NOT_OURS.has(entry.name)) continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) walk(inside);
      else if (endings.some(ending => entry.name.endsWith(ending)))
        found.push({ path: relative(ROOT, inside), text: readFileSync(inside, 'utf8') });
    }
  };
  walk(join(ROOT, folder));
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}
