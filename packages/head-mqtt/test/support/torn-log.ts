import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A copy of the data as a crash may leave it: nothing from this position of the log on was written. */
export async function copyTornLog(from: string, to: string, position: number): Promise<void> {
  await cp(from, to, { recursive: true, filter: source => !source.endsWith('.segment') });
  const [name, ...more] = (await readdir(join(from, 'log'))).filter(file => file.endsWith('.segment'));
  assert.deepEqual(more, [], 'all of it is in one segment, whose first byte is the position 0');
  const bytes = await readFile(join(from, 'log', name!));
  await writeFile(join(to, 'log', name!), bytes.fill(0, position));
}
