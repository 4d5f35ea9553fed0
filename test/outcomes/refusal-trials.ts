import { once } from 'node:events';
import type { Limits, RefusalCode } from '@angarium/core';
import type { ServerOptions } from '@angarium/server';
import type { TestServer } from '@angarium/testkit';
import rhea, { type AmqpError, type EventContext, type Receiver, type Sender } from 'rhea';
import { RawPeer } from '../../fuzz/raw-peer.ts';
import { RawSession } from '../../packages/head-amqp/test/support/raw-session.ts';
import { AmqpClient } from '../../packages/head-http/test/support/amqp-client.ts';
import { ADDRESSES, call, declare } from '../../packages/head-http/test/support/http-client.ts';
import { PLANS } from '../../packages/server/test/support/call-api.ts';
import { type MqttPeer, mqttPeer } from '../support/mqtt-peer.ts';

export type Protocol = 'amqp' | 'mqtt' | 'http';

/** A way to be refused, and what the protocol said: a condition, a reason code, or an HTTP status. */
export interface Trial {
  readonly options?: ServerOptions;
  /** mqtt: the packet that said it. */
  readonly packet?: 'publish' | 'subscribe' | 'disconnect';
  hears(server: TestServer): Promise<string | number>;
}

const CLOSED: ServerOptions = { autoCreate: false };
const ONE_ADDRESS: ServerOptions = { addressesMax: 1 };
const SMALL = { type: 'queue', messageSizeBytesMax: 100 };
const ONE_MESSAGE = { type: 'queue', messagesMax: 1, overflow: 'reject' };
const ONE_CONSUMER = { type: 'queue', consumersMax: 1 };
const LARGE_BODY = 'x'.repeat(1000);
/** A header section whose list is cut short. */
const UNDECODABLE = Uint8Array.of(0x00, 0x53, 0x70, 0xc0, 0x20, 0x01, 0x41);

/** Resolves with the condition when the event comes. */
async function condition(
  source: { once(event: string, listener: (context: EventContext) => void): unknown },
  event: string,
  pick: (context: EventContext) => unknown,
): Promise<string> {
  const [context] = (await once(source as never, event)) as [EventContext];
  return (pick(context) as AmqpError).condition!;
}

async function receiverRefused(server: TestServer, options: object): Promise<string> {
  await using client = await AmqpClient.connect(server);
  const receiver: Receiver = client.connection.open_receiver(options as never);
  return await condition(receiver, 'receiver_error', () => receiver.error);
}

async function senderRefused(server: TestServer, address: string): Promise<string> {
  await using client = await AmqpClient.connect(server);
  const sender: Sender = client.connection.open_sender(address);
  return await condition(sender, 'sender_error', () => sender.error);
}

async function published(server: TestServer, topic: string, payload: string | Buffer = 'x', properties = {}): Promise<number> {
  await using peer = await mqttPeer(server, 5);
  return await peer.publish(topic, payload, properties);
}

/** Of a message that is rejected. */
function rejection(sender: Sender): Promise<string> {
  return condition(sender, 'rejected', ({ delivery }) => (delivery!.remote_state as unknown as { error: unknown }).error);
}

/** The reason code of the server's DISCONNECT. */
function disconnection({ client }: MqttPeer): Promise<number> {
  return new Promise(resolve => client.once('disconnect', ({ reasonCode }) => resolve(reasonCode ?? 0)));
}

async function status(server: TestServer, method: string, path: string, body?: string | object): Promise<number> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const headers: Record<string, string> = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
  return (await call(server, method, path, { ...(text !== undefined && { body: text }), headers })).status;
}

/** Waits until the address has a consumer or producer. */
async function inUse(server: TestServer, name: string): Promise<void> {
  const space = server.broker.spaces.get('default')!;
  while ((space.addresses.get(name)?.links ?? 0) === 0) await new Promise(setImmediate);
}

/** Of the default space. */
function limit(server: TestServer, limits: Limits): void {
  server.broker.spaces.get('default')!.limits.change(limits);
}

const NO_DECLARATIONS = 'addresses are declared over HTTP';
const OVER_HTTP = 'queues are looked into over HTTP';
const TRANSACTIONS = 'transactions are AMQP’s';
const IN_THE_CORE = 'takes more than a short test has time for: packages/core/test/transaction.test.ts';
const NO_TYPES = 'no type is asked for';
const FROM_SUBSCRIPTIONS_OF_AMQP = 'such subscriptions are made by AMQP clients';
const A_FAILING_DISK = 'takes a disk that fails: test/disk-full.test.ts';

/** Each refusal over each protocol: how it comes about, or why it does not. */
export const REFUSAL_TRIALS = {
  'address-not-found': {
    amqp: { options: CLOSED, hears: server => senderRefused(server, 'missing') },
    mqtt: { options: CLOSED, packet: 'publish', hears: server => published(server, 'missing') },
    http: { options: CLOSED, hears: server => status(server, 'POST', '/m/missing', 'x') },
  },
  'address-exists': {
    amqp: NO_DECLARATIONS,
    mqtt: NO_DECLARATIONS,
    http: {
      async hears(server) {
        await declare(server, 'orders', { type: 'queue' });
        return await status(server, 'POST', ADDRESSES, { metadata: { name: 'orders' }, spec: { type: 'topic' } });
      },
    },
  },
  'address-name-invalid': {
    amqp: { hears: server => senderRefused(server, 'a//b') },
    mqtt: 'a topic that no address may have goes to the address of all such topics',
    http: { hears: server => status(server, 'POST', '/m/a%2F%2Fb', 'x') },
  },
  'address-spec-invalid': {
    amqp: NO_DECLARATIONS,
    mqtt: NO_DECLARATIONS,
    http: {
      hears: server => status(server, 'POST', ADDRESSES, { metadata: { name: 'orders' }, spec: { type: 'queue', deadLetter: 'orders' } }),
    },
  },
  'plan-not-found': {
    amqp: NO_DECLARATIONS,
    mqtt: NO_DECLARATIONS,
    http: { hears: server => status(server, 'GET', `${PLANS}/missing`) },
  },
  'plan-in-use': {
    amqp: NO_DECLARATIONS,
    mqtt: NO_DECLARATIONS,
    http: {
      async hears(server) {
        await status(server, 'PUT', `${PLANS}/small`, { spec: { messagesMax: 10 } });
        await declare(server, 'orders', { type: 'queue', plan: 'small' });
        return await status(server, 'DELETE', `${PLANS}/small`);
      },
    },
  },
  'address-type-mismatch': {
    amqp: {
      async hears(server) {
        await declare(server, 'orders', { type: 'queue' });
        return await receiverRefused(server, { source: { address: 'orders', capabilities: ['topic'] } });
      },
    },
    mqtt: NO_TYPES,
    http: NO_TYPES,
  },
  'address-in-use': {
    amqp: NO_DECLARATIONS,
    mqtt: NO_DECLARATIONS,
    http: {
      async hears(server) {
        await status(server, 'POST', '/m/orders', 'x');
        return await status(server, 'DELETE', `${ADDRESSES}/orders`);
      },
    },
  },
  'address-deleted': {
    amqp: {
      async hears(server) {
        await using client = await AmqpClient.connect(server);
        const receiver = client.connection.open_receiver('orders');
        await once(receiver as never, 'receiver_open');
        const refused = condition(receiver, 'receiver_error', () => receiver.error);
        await status(server, 'DELETE', `${ADDRESSES}/orders?force=true`);
        return await refused;
      },
    },
    mqtt: {
      packet: 'disconnect',
      async hears(server) {
        await declare(server, 'orders', { type: 'queue' });
        await using peer = await mqttPeer(server, 5);
        await peer.subscribe('orders');
        const disconnected = disconnection(peer);
        await status(server, 'DELETE', `${ADDRESSES}/orders?force=true`);
        return await disconnected;
      },
    },
    http: {
      async hears(server) {
        const waiting = status(server, 'POST', '/m/orders:receive?wait=10s');
        await inUse(server, 'orders');
        await status(server, 'DELETE', `${ADDRESSES}/orders?force=true`);
        return await waiting;
      },
    },
  },
  'addresses-exhausted': {
    amqp: {
      options: ONE_ADDRESS,
      async hears(server) {
        await declare(server, 'one', { type: 'queue' });
        return await senderRefused(server, 'two');
      },
    },
    mqtt: {
      options: ONE_ADDRESS,
      packet: 'publish',
      async hears(server) {
        await declare(server, 'one', { type: 'queue' });
        return await published(server, 'two');
      },
    },
    http: {
      options: ONE_ADDRESS,
      async hears(server) {
        await declare(server, 'one', { type: 'queue' });
        return await status(server, 'POST', '/m/two', 'x');
      },
    },
  },
  'space-not-found': {
    amqp: 'a hostname that is no space means the default one',
    mqtt: 'there is no space to name',
    http: { hears: server => status(server, 'POST', '/apis/angarium.dev/v1/addressspaces/missing/addresses/a/messages', 'x') },
  },
  'subscription-not-found': {
    amqp: {
      async hears(server) {
        using peer = await RawPeer.connect(server.amqp);
        await peer.open();
        await peer.say({ kind: 'attach', name: 'missing', handle: 0, role: 'receiver', target: { kind: 'target' } });
        await peer.heardOf('detach');
        return peer.conditions[0]!;
      },
    },
    mqtt: 'a subscription that is not there is made',
    http: 'a subscription that is not there is made',
  },
  'subscription-taken-over': {
    amqp: {
      async hears(server) {
        await declare(server, 'news', { type: 'topic' });
        const attach = { name: 'reader', source: { address: 'news', durable: 2, expiry_policy: 'never' } };
        await using client = await AmqpClient.connect(server);
        const first = client.connection.open_receiver(attach as never);
        await once(first as never, 'receiver_open');
        const stolen = condition(first, 'receiver_error', () => first.error);
        const other = rhea.create_container({ id: client.connection.container.id }).connect({ ...server.amqp, reconnect: false });
        other.open_receiver(attach as never);
        return await stolen.finally(() => other.close());
      },
    },
    mqtt: 'a session that is taken over is MQTT’s own matter: DISCONNECT 0x8e',
    http: 'all who name a subscription share it',
  },
  'subscription-mismatch': {
    amqp: {
      async hears(server) {
        await declare(server, 'news', { type: 'topic' });
        const attach = {
          name: 'readers',
          source: { address: 'news', durable: 2, expiry_policy: 'never', capabilities: ['topic', 'global'] },
        };
        await using client = await AmqpClient.connect(server);
        await once(client.connection.open_receiver(attach as never) as never, 'receiver_open');
        return await receiverRefused(server, {
          ...attach,
          source: { ...attach.source, capabilities: ['topic', 'global', 'shared'] },
        });
      },
    },
    mqtt: FROM_SUBSCRIPTIONS_OF_AMQP,
    http: {
      async hears(server) {
        await declare(server, 'news', { type: 'topic' });
        await using client = await AmqpClient.connect(server);
        const attach = {
          name: 'readers',
          source: { address: 'news', durable: 2, expiry_policy: 'never', capabilities: ['topic', 'global'] },
        };
        await once(client.connection.open_receiver(attach as never) as never, 'receiver_open');
        return await status(server, 'POST', '/m/news:receive?subscription=readers&durable=true');
      },
    },
  },
  'capability-unsupported': {
    amqp: 'a transaction that cannot be is refused in the words of part 4',
    mqtt: OVER_HTTP,
    http: {
      async hears(server) {
        await declare(server, 'direct', { type: 'anycast' });
        return await status(server, 'GET', `${ADDRESSES}/direct/messages`);
      },
    },
  },
  'message-too-large': {
    amqp: {
      async hears(server) {
        await declare(server, 'small', SMALL);
        await using client = await AmqpClient.connect(server);
        const sender = await client.sender('small');
        const refused = condition(sender, 'sender_error', () => sender.error);
        sender.send({ body: LARGE_BODY });
        return await refused;
      },
    },
    mqtt: {
      packet: 'publish',
      async hears(server) {
        await declare(server, 'small', SMALL);
        return await published(server, 'small', LARGE_BODY);
      },
    },
    http: {
      async hears(server) {
        await declare(server, 'small', SMALL);
        return await status(server, 'POST', '/m/small', LARGE_BODY);
      },
    },
  },
  'message-malformed': {
    amqp: {
      async hears(server) {
        await using session = await RawSession.open(server.amqp);
        const sender = await session.sender('orders');
        await sender.credit();
        const state = await sender.outcomeOf(UNDECODABLE);
        return state?.kind === 'rejected' ? state.error!.condition : String(state?.kind);
      },
    },
    mqtt: {
      packet: 'publish',
      hears: server => published(server, 'orders', Buffer.of(0xff), { payloadFormatIndicator: true }),
    },
    http: 'the server encodes the message itself',
  },
  'message-not-found': {
    amqp: OVER_HTTP,
    mqtt: OVER_HTTP,
    http: {
      async hears(server) {
        await declare(server, 'orders', { type: 'queue' });
        return await status(server, 'DELETE', `${ADDRESSES}/orders/messages/7`);
      },
    },
  },
  'message-in-use': {
    amqp: OVER_HTTP,
    mqtt: OVER_HTTP,
    http: {
      async hears(server) {
        await status(server, 'POST', '/m/orders', 'x');
        await status(server, 'POST', '/m/orders:receive?wait=10s');
        const { items } = (await call(server, 'GET', `${ADDRESSES}/orders/messages`)).json as { items: { sequence: number }[] };
        return await status(server, 'DELETE', `${ADDRESSES}/orders/messages/${items[0]!.sequence}`);
      },
    },
  },
  'message-target-missing': {
    amqp: {
      async hears(server) {
        await using client = await AmqpClient.connect(server);
        const sender = await client.sender(undefined);
        const refused = rejection(sender);
        sender.send({ body: 'to nowhere' });
        return await refused;
      },
    },
    mqtt: 'every publish has a topic',
    http: 'every path names an address',
  },
  'queue-full': {
    amqp: {
      async hears(server) {
        await declare(server, 'full', ONE_MESSAGE);
        await using client = await AmqpClient.connect(server);
        const sender = await client.sender('full');
        const refused = rejection(sender);
        sender.send({ body: 'first' });
        sender.send({ body: 'second' });
        return await refused;
      },
    },
    mqtt: {
      packet: 'publish',
      async hears(server) {
        await declare(server, 'full', ONE_MESSAGE);
        await published(server, 'full');
        return await published(server, 'full');
      },
    },
    http: {
      async hears(server) {
        await declare(server, 'full', ONE_MESSAGE);
        await status(server, 'POST', '/m/full', 'first');
        return await status(server, 'POST', '/m/full', 'second');
      },
    },
  },
  'consumers-exhausted': {
    amqp: {
      async hears(server) {
        await declare(server, 'one', ONE_CONSUMER);
        await using client = await AmqpClient.connect(server);
        await client.receiver('one', () => {});
        return await receiverRefused(server, { source: 'one' });
      },
    },
    mqtt: {
      packet: 'subscribe',
      async hears(server) {
        await declare(server, 'one', ONE_CONSUMER);
        await using first = await mqttPeer(server, 5);
        await first.subscribe('one');
        await using second = await mqttPeer(server, 5);
        return await second.subscribe('one');
      },
    },
    http: {
      async hears(server) {
        await declare(server, 'one', ONE_CONSUMER);
        await using client = await AmqpClient.connect(server);
        await client.receiver('one', () => {});
        return await status(server, 'POST', '/m/one:receive');
      },
    },
  },
  'transactions-exhausted': { amqp: IN_THE_CORE, mqtt: TRANSACTIONS, http: TRANSACTIONS },
  'transaction-too-large': { amqp: IN_THE_CORE, mqtt: TRANSACTIONS, http: TRANSACTIONS },
  'transaction-expired': { amqp: IN_THE_CORE, mqtt: TRANSACTIONS, http: TRANSACTIONS },
  'log-unavailable': { amqp: A_FAILING_DISK, mqtt: A_FAILING_DISK, http: A_FAILING_DISK },
  'connections-exhausted': {
    amqp: {
      async hears(server) {
        limit(server, { connectionsMax: 1 });
        await using _first = await AmqpClient.connect(server);
        const { port } = server.amqp;
        const second = rhea.create_container().connect({ port, username: 'anonymous', reconnect: false });
        second.once('connection_close', () => {});
        return await condition(second, 'connection_error', ({ connection }) => connection.error);
      },
    },
    mqtt: 'a CONNACK says it: packages/head-mqtt/test/limits.test.ts',
    http: 'requests are no connections: they have limits of HTTP’s own',
  },
  'sessions-exhausted': {
    amqp: 'sessions that are kept are MQTT’s',
    mqtt: 'a CONNACK says it: packages/head-mqtt/test/limits.test.ts',
    http: 'sessions that are kept are MQTT’s',
  },
  'links-exhausted': {
    amqp: {
      options: { amqpLinksPerConnectionMax: 1 },
      async hears(server) {
        await using client = await AmqpClient.connect(server);
        await client.sender('orders');
        const second = client.connection.open_sender('orders');
        return await condition(second, 'sender_error', () => second.error);
      },
    },
    mqtt: 'a client’s subscriptions have a limit of MQTT’s own',
    http: 'requests have limits of HTTP’s own',
  },
  unauthorized: {
    amqp: { hears: server => senderRefused(server, '$angarium/version') },
    mqtt: { packet: 'publish', hears: server => published(server, '$angarium/version') },
    http: { hears: server => status(server, 'POST', '/m/$angarium%2Fversion', 'x') },
  },
  'server-stopping': {
    amqp: {
      async hears(server) {
        await using client = await AmqpClient.connect(server);
        const refused = condition(client.connection, 'connection_error', ({ connection }) => connection.error);
        await Promise.all([server.stop(), refused]);
        return await refused;
      },
    },
    mqtt: {
      packet: 'disconnect',
      async hears(server) {
        await using peer = await mqttPeer(server, 5);
        const disconnected = disconnection(peer);
        await server.stop();
        return await disconnected;
      },
    },
    http: {
      async hears(server) {
        const waiting = status(server, 'POST', '/m/orders:receive?wait=10s');
        await inUse(server, 'orders');
        await server.stop();
        return await waiting;
      },
    },
  },
} as const satisfies Record<RefusalCode, Record<Protocol, Trial | string>>;
