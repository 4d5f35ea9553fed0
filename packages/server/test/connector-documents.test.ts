import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Broker } from '@angarium/core';
import type { RunningServer } from '@angarium/server';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { CONNECTOR } from '../src/resources/kinds/connector.ts';
import { FORWARDER } from '../src/resources/kinds/forwarder.ts';

const QUICK = { initialMs: 10, maxMs: 100, multiplier: 2, jitter: 0 };
const FORWARDED = { connector: 'there', direction: 'out', address: 'near', remoteAddress: 'far' };
const WAIT_S = 10;

function put(broker: Broker, kind: 'Connector' | 'Forwarder', name: string, spec: object): Promise<unknown> {
  return new Promise(resolve => broker.resources.put(kind, 'default', name, spec as never, {}, resolve));
}

/** Sends over HTTP to one server, and receives from the other. */
async function sent(from: string, address: string, to: string, far: string): Promise<string> {
  const answer = await fetch(`${from}/m/${address}`, { method: 'POST', body: 'over', headers: { 'content-type': 'text/plain' } });
  assert.ok(answer.ok, await answer.text());
  const options = { method: 'POST', signal: AbortSignal.timeout(2 * WAIT_S * 1000) };
  const received = await fetch(`${to}/m/${far}:receive?settle=auto&wait=${WAIT_S}s`, options);
  return await received.text();
}

describe('documents of connectors and forwarders', () => {
  test('are in force when they are written, after a restart, and until they are deleted', async () => {
    await using folder = await temporaryFolder();
    await using remote = await startTestServer();
    const start = () => startTestServer({ dataDir: folder.path });
    {
      await using ours = await start();
      await put(ours.broker, 'Forwarder', 'over', FORWARDED);
      assert.match(status(ours).lastError!, /there is no connector there/);
      await put(ours.broker, 'Connector', 'there', { ...remote.amqp, backoff: QUICK });
      assert.equal(await sent(ours.http, 'near', remote.http, 'far'), 'over');
      assert.equal(status(ours).phase, 'Active');
    }
    await using ours = await start();
    assert.equal(await sent(ours.http, 'near', remote.http, 'far'), 'over', 'after a restart');
    ours.broker.resources.remove('Forwarder', 'default', 'over', () => {});
    assert.equal(ours.connectors.forwarders.status({ name: 'default' }, 'over'), undefined);
    ours.broker.resources.remove('Connector', 'default', 'there', () => {});
  });

  function status(server: RunningServer) {
    const found = server.connectors.forwarders.status({ name: 'default' }, 'over');
    assert.ok(found);
    return found;
  }

  test('say what cannot be, and who needs a connector', async () => {
    await using ours = await startTestServer();
    const { broker } = ours;
    const world = { broker, connectors: ours.connectors } as never;
    const wish = (spec: object) => ({ space: 'default', name: 'x', spec, before: undefined, principal: undefined as never });
    assert.equal(CONNECTOR.refuse!(wish({ host: 'h' }), world), undefined);
    assert.match(CONNECTOR.refuse!(wish({ host: 'h', mechanism: 'PLAIN' }), world)!.description, /needs credentials/);
    assert.match(FORWARDER.refuse!(wish({ ...FORWARDED, selector: '(' }), world)!.description, /selector is not valid/);
    await put(broker, 'Forwarder', 'over', FORWARDED);
    await put(broker, 'Connector', 'there', { host: '127.0.0.1', port: 1 });
    const connector = broker.resources.get('Connector', 'default', 'there')!;
    assert.match(CONNECTOR.refuseEnd!(connector, world, { force: false })!.description, /used by 1 forwarders \(over/);
    assert.equal(CONNECTOR.refuseEnd!(connector, world, { force: true }), undefined);
    const shown = CONNECTOR.show!(connector, world) as { conditions: { type: string; status: string }[] };
    assert.deepEqual([shown.conditions[0]!.type, shown.conditions[0]!.status], ['Ready', 'False']);
  });

  test('come over the API, and are shown without passwords and keys', async () => {
    await using ours = await startTestServer();
    const path = `${ours.http}/apis/angarium.dev/v1/addressspaces/default`;
    const write = (plural: string, kind: string, name: string, spec: object): Promise<Response> => {
      const body = JSON.stringify({ apiVersion: 'angarium.dev/v1', kind, metadata: { name }, spec });
      return fetch(`${path}/${plural}/${name}`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
    };
    const connector = { host: '127.0.0.1', port: 1, credentials: { user: 'ada', password: 'secret-one' } };
    assert.equal((await write('connectors', 'Connector', 'there', connector)).status, 201);
    assert.equal((await write('forwarders', 'Forwarder', 'over', FORWARDED)).status, 201);
    for (const where of ['connectors', 'connectors/there']) {
      const text = await (await fetch(`${path}/${where}`)).text();
      assert.match(text, /"user":"ada"/);
      assert.doesNotMatch(text, /secret-one/);
    }
    const refused = await write('forwarders', 'Forwarder', 'bad', { ...FORWARDED, creditWindow: 5 });
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /creditWindow is of direction in/);
    const needed = await fetch(`${path}/connectors/there`, { method: 'DELETE' });
    assert.equal(needed.status, 409);
    assert.match(await needed.text(), /used by 1 forwarders/);
  });
});
