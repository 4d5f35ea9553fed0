import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hashPassword } from '@angarium/server';
import { runProton, skipWithout, startTestServer, type TestServer } from '@angarium/testkit';

const SCRIPT = fileURLToPath(new URL('proton/conversation.py', import.meta.url));

async function converse(server: TestServer, name: string): Promise<void> {
  const { code, stdout, stderr } = await runProton(SCRIPT, [`amqp://127.0.0.1:${server.amqp.port}`, name]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `done: ${name}\n`);
}

describe('the client Qpid Proton', { concurrency: 2 }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [name, sentence] of [
    ['send-and-receive', 'sends a hundred messages to a queue and receives them in order'],
    ['all-types', 'gets values of all AMQP types, and all sections, unchanged through all four types of address'],
    ['sizes', 'sends messages of 0 bytes to 10 MiB'],
    ['durable-subscriber', 'resumes a durable subscription'],
    ['outcomes', 'releases, modifies and rejects'],
    ['refused', 'hears refusals of links and messages'],
    ['browse', 'browses a queue'],
    ['selectors', 'selects messages of a queue'],
    ['stream', 'reads a stream from the first message, the last, an offset and a time'],
    ['request-and-reply', 'asks and answers over a dynamic address and the anonymous terminus'],
    ['transactions', '[4, 4.4] moves messages between queues in transactions, committed and aborted'],
    ['settle-modes', 'sends settled and receives unsettled'],
  ] as const) {
    test(sentence, async context => {
      if (skipWithout(context, 'proton')) return;
      await converse(server, name);
    });
  }

  test('[2.4.5] stays connected by empty frames while neither side has anything to say', async context => {
    if (skipWithout(context, 'proton')) return;
    await using impatient = await startTestServer({ http: 'off', amqpIdleTimeoutMs: 2000 });
    await converse(impatient, 'heartbeats');
  });

  test('logs in with PLAIN, and not with a wrong password', async context => {
    if (skipWithout(context, 'proton')) return;
    await using guarded = await startTestServer({ http: 'off', users: [{ name: 'anna', passwordHash: await hashPassword('secret') }] });
    await converse(guarded, 'plain');
  });
});
