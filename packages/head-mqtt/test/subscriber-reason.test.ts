import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { type Qos, REASON } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea, { type Connection, type EventContext, type Sender } from 'rhea';
import { RawClient } from './support/raw-client.ts';

const WHY = 'the number is not one of ours';

/** What a subscriber of each QoS refuses a message with. */
const REFUSING = [
  { qos: 1, answer: 'puback', section: '3.4.2.2.2' },
  { qos: 2, answer: 'pubrec', section: '3.5.2.2.2' },
] as const;

describe('a subscriber that refuses a message says why to its sender', () => {
  let server: TestServer;
  let connection: Connection;

  before(async () => {
    server = await startTestServer({ addresses: [1, 2].map(qos => ({ name: `direct-${qos}`, type: 'anycast' })) });
    connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
    await once(connection, 'connection_open');
  });
  after(async () => {
    connection.close();
    await once(connection, 'connection_close');
    await server[Symbol.asyncDispose]();
  });

  async function subscriberOf(filter: string, qos: Qos): Promise<RawClient> {
    const client = await RawClient.open(server.mqtt);
    assert.deepEqual(await client.subscribe([{ filter, qos }]), [qos]);
    return client;
  }

  /** Refuses the next message. */
  async function refuse(client: RawClient, kind: 'puback' | 'pubrec', reasonString?: string): Promise<void> {
    const { packetId } = await client.next('publish');
    const reasonCode = REASON.implementationSpecificError;
    client.write({ kind, packetId: packetId!, reasonCode, ...(reasonString !== undefined && { properties: { reasonString } }) });
  }

  async function senderTo(address: string): Promise<Sender> {
    const sender = connection.open_sender(address);
    await once(sender, 'sendable');
    return sender;
  }

  /** The error of the outcome rejected that a message from AMQP gets. */
  async function errorOf(sender: Sender): Promise<unknown> {
    const rejected = once(sender, 'rejected') as Promise<[EventContext]>;
    sender.send({ body: 'x' });
    const [{ delivery }] = await rejected;
    const { error } = delivery!.remote_state as unknown as { error?: { condition: string; description: string } };
    return error && { condition: error.condition, description: error.description };
  }

  test('[3.4.2.2.2] the reason string of PUBACK is the description of AMQP’s outcome rejected, 500 characters of it', async () => {
    await using client = await subscriberOf('direct-1', 1);
    const sender = await senderTo('direct-1');
    for (const [why, heard] of [
      [WHY, WHY],
      ['x'.repeat(5000), 'x'.repeat(500)],
    ] as const) {
      const [error] = await Promise.all([errorOf(sender), refuse(client, 'puback', why)]);
      assert.deepEqual(error, { condition: 'angarium:rejected', description: heard });
    }
  });

  test('without a reason string the outcome rejected has no error', async () => {
    await using client = await subscriberOf('direct-1', 1);
    const sender = await senderTo('direct-1');
    for (const why of [undefined, '']) {
      const [error] = await Promise.all([errorOf(sender), refuse(client, 'puback', why)]);
      assert.ok(!error);
    }
  });

  test('[3.4.2.2.2] the reason string of PUBACK is in the problem that a client of HTTP gets', async () => {
    await using client = await subscriberOf('direct-1', 1);
    const response = fetch(new URL('/m/direct-1', server.http), { method: 'POST', body: 'x' });
    await refuse(client, 'puback', WHY);
    const problem = (await (await response).json()) as { code: string; detail: string };
    assert.equal(problem.code, 'message-rejected');
    assert.ok(problem.detail.includes(WHY), problem.detail);
  });

  for (const { qos, answer, section } of REFUSING)
    test(`[${section}] the reason string of ${answer.toUpperCase()} is in the ${answer.toUpperCase()} that the publisher gets`, async () => {
      await using client = await subscriberOf(`direct-${qos}`, qos);
      await using publisher = await RawClient.open(server.mqtt);
      publisher.put(`direct-${qos}`, 'x', { qos });
      await refuse(client, answer, WHY);
      const heard = await publisher.next(answer);
      assert.equal(heard.reasonCode, REASON.implementationSpecificError);
      assert.equal(heard.properties?.reasonString, WHY);
    });
});
