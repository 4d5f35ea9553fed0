import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { EventHistory } from '../../src/events/event-history.ts';
import { keepEvents } from '../../src/events/kept-events.ts';

const EVENTS = '/apis/angarium.dev/v1/events';

test('a file that cannot be read is left out with a warning, and is gone', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'events.json'), '{"version":1,');
  using history = new EventHistory();
  const said: string[] = [];
  const keep = await keepEvents(folder.path, history, ({ what }) => said.push(what));
  assert.deepEqual(said, ['the events of before this start cannot be read, and are left out']);
  assert.deepEqual(await readdir(folder.path), []);
  await keep();
  assert.equal((await stat(join(folder.path, 'events.json'))).mode & 0o777, 0o600);
});

test('who comes back after a restart in order is told everything that happened meanwhile, its own end included', async () => {
  await using folder = await temporaryFolder();
  const options = { dataDir: folder.path, amqp: 'off', mqtt: 'off' } as const;
  let last = '';
  {
    await using server = await startTestServer(options);
    await fetch(`${server.http}/m/orders`, { method: 'POST', body: 'x' });
    const { items } = (await (await fetch(`${server.http}${EVENTS}`)).json()) as { items: { id: string; note: string }[] };
    assert.match(items.at(-1)!.note, /^The Address orders is there\.$/);
    last = items.at(-1)!.id;
    await fetch(`${server.http}/m/later`, { method: 'POST', body: 'x' });
  }
  await using server = await startTestServer(options);
  assert.equal((await readdir(folder.path)).includes('events.json'), false);
  const leaving = new AbortController();
  const headers = { accept: 'text/event-stream', 'last-event-id': last };
  const answer = await fetch(`${server.http}${EVENTS}`, { headers, signal: leaving.signal });
  let text = '';
  for await (const chunk of answer.body!) {
    text += Buffer.from(chunk).toString();
    if (text.includes('data: ')) break;
  }
  assert.match(text, /"note":"The Address later is there\."/);
  assert.doesNotMatch(text, /EventsLeftOut|Address orders/);
});
