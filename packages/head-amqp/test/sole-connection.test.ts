import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Open, symbol } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawPeer } from './support/raw-peer.ts';

const SOLE: Partial<Open> = { desiredCapabilities: ['sole-connection-for-container'] };

describe('the only connection of a container', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  async function refused(open: Open): Promise<void> {
    await using peer = await RawPeer.connect(server.amqp);
    peer.sendHeader();
    peer.write({ kind: 'open', ...open });
    const { properties } = await peer.next('open');
    assert.equal(properties?.get('amqp:connection-establishment-failed'), true);
    const { error } = await peer.next('close');
    assert.equal(error?.condition, 'amqp:invalid-field');
    assert.deepEqual(error.info?.get('invalid-field'), symbol('container-id'));
  }

  test('a second one that asks to be it is refused, with the field that is wrong, until the first has closed', async () => {
    const open = { containerId: 'one', ...SOLE };
    {
      await using first = await RawPeer.open(server.amqp, open);
      await refused(open);
      await refused(open);
      first.write({ kind: 'close' });
      await first.next('close');
    }
    await using again = await RawPeer.open(server.amqp, open);
    assert.ok(again);
  });

  test('those of other containers, or that do not ask, are not', async () => {
    await using first = await RawPeer.open(server.amqp, { containerId: 'two', ...SOLE });
    await using other = await RawPeer.open(server.amqp, { containerId: 'three', ...SOLE });
    await using modest = await RawPeer.open(server.amqp, { containerId: 'two' });
    assert.ok(first && other && modest);
  });
});
