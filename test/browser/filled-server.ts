import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { generate } from 'mqtt-packet';
import rhea from 'rhea';
import { RecordingConsumer } from '../../packages/core/test/support/recording-consumer.ts';
import { openAudit } from '../../packages/server/src/audit/open-audit.ts';
import { declare } from '../../packages/server/test/support/declare.ts';

/** Spaces with so much of everything: nothing, one, and `MANY`. The last one is that of clients who name none. */
export const SPACES = { none: 'none', one: 'one', many: 'default' } as const;
export const MANY = 5_000;
/** A port where nobody listens: reserved for the port multiplexer of TCP (RFC 1078). */
const NOBODY = { host: '127.0.0.1', port: 1 };

/** What a document of each kind says, by the number of it. */
const SPECS: Readonly<Record<string, (at: number) => object>> = {
  User: at => ({ authentication: { type: 'none' }, groups: [`group-${at % 10}`] }),
  Role: () => ({ rules: [{ actions: ['send'], addresses: ['orders/#'] }] }),
  RoleBinding: at => ({ role: 'sender', subjects: [{ user: `user-${at}` }] }),
  Connector: () => ({ ...NOBODY, paused: true }),
  Forwarder: () => ({ connector: 'connector-0', address: 'address-0', remoteAddress: 'theirs', direction: 'out' }),
};

async function declareRows(server: TestServer, space: string, count: number): Promise<void> {
  const { broker } = server;
  const numbers = Array.from({ length: count }, (_, at) => at);
  const inSpace = broker.spaces.get(space)!;
  await Promise.all([
    ...numbers.map(at => new Promise(resolve => inSpace.plans.put(`plan-${at}`, { messagesMax: 1000 }, resolve))),
    ...numbers.map(at => new Promise(resolve => inSpace.declare(`address-${at}`, { type: 'queue' }, resolve))),
    ...Object.entries(SPECS).flatMap(([kind, specOf]) =>
      numbers.map(at => declare(broker, kind, space, `${kind.toLowerCase()}-${at}`, specOf(at))),
    ),
  ]);
}

/** A topic in the place of the last address, with as many subscriptions. */
async function subscribeRows(server: TestServer, space: string, count: number): Promise<void> {
  const inSpace = server.broker.spaces.get(space)!;
  const name = `address-${count - 1}`;
  await new Promise<unknown>(resolve => inSpace.remove(name, { force: true }, resolve));
  await new Promise<unknown>(resolve => inSpace.declare(name, { type: 'topic' }, resolve));
  for (let at = 0; at < count; at++) {
    const subscription = { name: `subscription-${at}`, durable: true, shared: true };
    const consumer = new RecordingConsumer();
    consumer.attached(inSpace.attachConsumer(name, undefined, consumer, { subscription })).link.detach(Number.POSITIVE_INFINITY);
  }
}

export async function sendRows(server: TestServer, space: string, count: number, address = 'address-0'): Promise<void> {
  const answer = await fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/${space}/addresses/${address}/messages?batch=json`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Array.from({ length: count }, (_, at) => ({ body: `message ${at}` }))),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** So many clients of MQTT, who all subscribe to one address, and the first one to as many addresses. */
async function connectClients(server: TestServer, count: number): Promise<readonly Socket[]> {
  const numbers = Array.from({ length: count }, (_, at) => at);
  const sockets = await Promise.all(
    numbers.map(async at => {
      const socket = connect(server.mqtt);
      socket.write(
        generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0, clientId: `client-${at}` }),
      );
      // The answer, which there is nothing to be read in.
      await once(socket, 'data');
      await subscribe(socket, ['address-1']);
      return socket;
    }),
  );
  await subscribe(
    sockets[0]!,
    numbers.map(at => `address-${at}`),
  );
  return sockets;
}

async function subscribe(socket: Socket, topics: readonly string[]): Promise<void> {
  const subscriptions = topics.map(topic => ({ topic, qos: 1 }) as const);
  const subscribed = once(socket, 'data');
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }, { protocolVersion: 4 }));
  await subscribed;
}

/** A server with everything that pages list: not at all, once, and often. */
export async function startFilledServer(): Promise<TestServer> {
  await using started = new AsyncDisposableStack();
  const data = started.use(await temporaryFolder());
  const audit = openAudit(data.path, () => {});
  for (const [space, count] of [
    [SPACES.one, 1],
    [SPACES.many, MANY],
  ] as const)
    for (let at = 0; at < count; at++) audit.record({ user: `user-${at}`, action: 'putAddress', addressSpace: space, outcome: 'done' });
  await audit.close();
  const server = started.use(await startTestServer({ dataDir: data.path }));
  const others = Array.from({ length: MANY - Object.keys(SPACES).length }, (_, at) => `space-${at}`);
  await Promise.all([SPACES.none, SPACES.one, ...others].map(space => declare(server.broker, 'AddressSpace', '', space, {})));
  for (const [space, count] of [
    [SPACES.one, 1],
    [SPACES.many, MANY],
  ] as const) {
    await declareRows(server, space, count);
    await sendRows(server, space, count);
  }
  await subscribeRows(server, SPACES.many, MANY);
  const container = rhea.create_container({ id: 'reader' });
  const reader = container.connect({ ...server.amqp, hostname: SPACES.one, reconnect: false });
  started.defer(() => reader.close());
  await once(reader.open_receiver({ source: 'address-0', credit_window: 0 }), 'receiver_open');
  const clients = await connectClients(server, MANY);
  started.defer(() => {
    for (const socket of clients) socket.destroy();
  });
  const running = started.move();
  return { ...server, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
