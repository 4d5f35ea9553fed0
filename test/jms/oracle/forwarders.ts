import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ConnectorSpec, ForwarderSpec } from '@angarium/head-amqp';
import { LogLines, startTestServer } from '@angarium/testkit';
import rhea, { type EventContext, type Receiver, type Sender } from 'rhea';
import type { Artemis } from './artemis-server.ts';

/** More than a frame, and than what Artemis calls a large message. */
const LARGE_BYTES = 5_000_000;
const DEADLINE_MS = 30_000;

const FORWARDERS: Readonly<Record<string, Omit<ForwarderSpec, 'connector'>>> = {
  out: { direction: 'out', address: 'near', remoteAddress: 'far', capabilities: ['queue'] },
  in: { direction: 'in', address: 'back', remoteAddress: 'far', capabilities: ['queue'], selector: 'number > 5' },
  publish: { direction: 'out', address: 'to-topic', remoteAddress: 'news', capabilities: ['topic'] },
  subscribe: { direction: 'in', address: 'from-topic', remoteAddress: 'news', capabilities: ['topic'], subscription: 'kept' },
};

function hostOf(server: string): Pick<ConnectorSpec, 'host' | 'port'> {
  const { hostname, port } = new URL(`amqp://${server}`);
  return { host: hostname, port: Number(port) };
}

/** Messages go to a queue and a topic of Artemis and come back, by selector and by durable subscription; and it is logged in to by SCRAM. */
export async function forwardsWith({ servers }: Artemis): Promise<void> {
  const log = new LogLines();
  await using ours = await startTestServer({ logger: log.logger, http: 'off', mqtt: 'off' });
  const space = ours.broker.space(undefined);
  const { connectors, forwarders } = ours.connectors;
  const works = (kind: string, name: string) => log.find(line => line[kind] === name && line.msg === `${kind} works`);

  connectors.put(space, 'guarded', { ...hostOf(servers.guarded), credentials: { user: 'ann', password: 'open sesame' } });
  await works('connector', 'guarded');
  connectors.put(space, 'artemis', hostOf(servers.amqp));
  await works('connector', 'artemis');
  assert.equal(connectors.status(space, 'artemis')?.remote?.product, 'apache-activemq-artemis');
  for (const [name, spec] of Object.entries(FORWARDERS)) forwarders.put(space, name, { connector: 'artemis', ...spec });
  for (const name of Object.keys(FORWARDERS)) await works('forwarder', name);

  const client = rhea.create_container().connect({ ...ours.amqp, reconnect: false });
  try {
    const [back, published] = [collected(client.open_receiver('back'), 4), collected(client.open_receiver('from-topic'), 2)];
    const queue = await sendable(client.open_sender('near'));
    for (let number = 0; number < 10; number++)
      queue.send({ body: `message ${number}`, message_id: `id-${number}`, durable: true, application_properties: { number } });
    const topic = await sendable(client.open_sender('to-topic'));
    topic.send({ body: 'small', durable: true });
    topic.send({ body: rhea.message.data_section(Buffer.alloc(LARGE_BYTES, 'large ')), durable: true });
    const ids = (await back).map(({ message_id, body }) => [message_id, body]);
    assert.deepEqual(
      ids,
      [6, 7, 8, 9].map(number => [`id-${number}`, `message ${number}`]),
    );
    const [small, large] = await published;
    assert.equal(small!.body, 'small');
    assert.ok((large!.body.content as Buffer).equals(Buffer.alloc(LARGE_BYTES, 'large ')));
  } finally {
    client.close();
  }
}

async function sendable(sender: Sender): Promise<Sender> {
  if (!sender.sendable()) await once(sender as never, 'sendable', { signal: AbortSignal.timeout(DEADLINE_MS) });
  return sender;
}

/** The next messages of the receiver. */
function collected(receiver: Receiver, count: number): Promise<NonNullable<EventContext['message']>[]> {
  const messages: NonNullable<EventContext['message']>[] = [];
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`${messages.length} of ${count} messages came`)), DEADLINE_MS);
    receiver.on('message', ({ message }) => {
      messages.push(message!);
      if (messages.length < count) return;
      clearTimeout(deadline);
      resolve(messages);
    });
  });
}
