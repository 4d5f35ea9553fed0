import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { spawnServer, startTestServer, temporaryFolder } from '@angarium/testkit';
import { Forwarding, QUICK } from '../support/forwarding.ts';
import { RheaClient, sendable } from '../support/rhea-client.ts';

/** Each way. */
const MESSAGES = 10_000;
/** So many have gone over one way when the remote is killed: in the middle of the stream. */
const KILLED_AFTER = 3000;
/** What may be under way when the remote is killed: at the other end already, and not known to be. */
const UNDER_WAY_MAX = 2000;

type Amqp = { readonly host: string; readonly port: number };

async function fill(amqp: Amqp, address: string): Promise<void> {
  await using client = await RheaClient.connect({ amqp });
  const sender = await client.sender(address);
  let accepted = 0;
  const all = new Promise<void>(resolve => {
    sender.on('accepted', () => {
      if (++accepted === MESSAGES) resolve();
    });
  });
  for (let i = 0; i < MESSAGES; i++) {
    await sendable(sender);
    sender.send({ body: i, durable: true });
  }
  await all;
}

/** Takes messages from the address until each was there, and answers how many came more than once. */
async function collect(amqp: Amqp, address: string): Promise<number> {
  await using client = await RheaClient.connect({ amqp });
  const seen = new Set<number>();
  let doubled = 0;
  const receiver = await client.receiver(address, { credit_window: 1000 });
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`${MESSAGES - seen.size} messages did not come`)), 60_000);
    receiver.on('message', ({ message }) => {
      if (seen.has(message!.body)) doubled++;
      seen.add(message!.body);
      if (seen.size < MESSAGES) return;
      clearTimeout(deadline);
      resolve();
    });
  });
  return doubled;
}

test(`a remote that is killed while ${2 * MESSAGES} durable messages are forwarded, both ways: none is lost`, async t => {
  await using folder = await temporaryFolder();
  await using ours = await Forwarding.start({ http: 'off', mqtt: 'off' });
  await using killed = await spawnServer({ dataDir: folder.path });
  const { amqp } = killed;
  await Promise.all([fill(ours.server.amqp, 'out'), fill(amqp, 'in')]);
  await ours.connect('remote', { ...amqp });
  for (const name of ['out', 'in'] as const)
    await ours.forward(name, { connector: 'remote', direction: name, address: name, remoteAddress: name });
  const accepted = (name: string): number => ours.forwarder(name).outcomes.accepted;
  while (accepted('out') < KILLED_AFTER && accepted('in') < KILLED_AFTER) await setImmediate();
  assert.equal(await killed.kill('SIGKILL'), 'SIGKILL');
  const [out, incoming] = [accepted('out'), accepted('in')];
  assert.ok(out < MESSAGES || incoming < MESSAGES, 'it was killed in the middle');
  await using again = await spawnServer({ dataDir: folder.path, args: ['--amqp', `127.0.0.1:${amqp.port}`] });
  const [outDoubled, inDoubled] = await Promise.all([collect(again.amqp, 'out'), collect(ours.server.amqp, 'in')]);
  t.diagnostic(`out: killed after ${out}, ${outDoubled} came twice; in: killed after ${incoming}, ${inDoubled} came twice`);
  // Out: what the remote had stored, and could not tell us. In: what it had been told besides, and had not written yet.
  assert.ok(outDoubled <= UNDER_WAY_MAX, `${outDoubled} came twice`);
  assert.ok(inDoubled <= UNDER_WAY_MAX + incoming, `${inDoubled} came twice`);
});

test('a server that is killed while it forwards, both ways: none is lost, and its documents are in force again', async t => {
  await using remote = await startTestServer({ http: 'off', mqtt: 'off' });
  await using killed = await spawnServer();
  await Promise.all([fill(killed.amqp, 'out'), fill(remote.amqp, 'in')]);
  const write = async (plural: string, kind: string, name: string, spec: object): Promise<void> => {
    const answer = await fetch(`${killed.http}/apis/angarium.dev/v1/addressspaces/default/${plural}/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'angarium.dev/v1', kind, metadata: { name }, spec }),
    });
    assert.equal(answer.status, 201, await answer.text());
  };
  await write('connectors', 'Connector', 'there', { ...remote.amqp, backoff: QUICK });
  for (const name of ['out', 'in'])
    await write('forwarders', 'Forwarder', name, { connector: 'there', direction: name, address: name, remoteAddress: name });
  const there = remote.broker.space(undefined);
  const stored = (name: string): number => there.find(name)?.stored ?? 0;
  while (stored('out') < KILLED_AFTER && stored('in') > MESSAGES - KILLED_AFTER) await setImmediate();
  const before = `${stored('out')} out and ${MESSAGES - stored('in')} in`;
  assert.ok(stored('out') < MESSAGES || stored('in') > 0, 'it was killed in the middle');
  await using again = await killed.restart();
  const [out, incoming] = await Promise.all([collect(remote.amqp, 'out'), collect(again.amqp, 'in')]);
  t.diagnostic(`killed after ${before}; ${out} came twice out, and ${incoming} in`);
  // What the killed server had been told to be settled, and had not written yet, it sends again.
  assert.ok(out <= MESSAGES && incoming <= UNDER_WAY_MAX, `${out} and ${incoming} came twice`);
});
