/**
 * A client that leaves its will for a topic, says `left` when the server has it, and leaves in order when its standard input ends:
 *
 *     client-with-will.ts property|link HOST:PORT TOPIC         AMQP, by rhea
 *     client-with-will.ts websocket|events URL TOPIC            HTTP
 */
import { once } from 'node:events';
import rhea, { type Connection } from 'rhea';
import { WebSocket } from 'ws';

const [kind, where, topic] = process.argv.slice(2) as [string, string, string];

async function connect(properties: object): Promise<Connection> {
  const [host, port] = where.split(':');
  const connection = rhea.create_container().connect({ host, port: Number(port), reconnect: false, properties } as never);
  // A server that goes away ends what this client is for.
  connection.on('disconnected', () => process.exit(1));
  await once(connection, 'connection_open');
  return connection;
}

async function close(connection: Connection): Promise<void> {
  connection.removeAllListeners('disconnected');
  connection.close();
  await once(connection, 'connection_close');
}

/** Leaves the will, and answers how to leave in order. */
const CLIENTS: Readonly<Record<string, () => Promise<() => Promise<void>>>> = {
  property: async () => {
    const connection = await connect({ 'angarium:will': { to: topic, body: 'gone', durable: true } });
    return () => close(connection);
  },
  link: async () => {
    const connection = await connect({});
    const sender = connection.open_sender('$lwt');
    await once(sender, 'sendable');
    sender.send({ to: topic, subject: 'will', durable: true, body: 'gone', message_annotations: { 'x-opt-mqtt-qos': 1 } });
    await once(sender, 'accepted');
    return () => close(connection);
  },
  websocket: async () => {
    const socket = new WebSocket(`${where.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'will', address: topic, message: { body: 'gone' } }));
    await once(socket, 'message');
    return async () => {
      socket.close();
      await once(socket, 'close');
    };
  },
  events: async () => {
    const url = `${where}/m/news:events?client=${encodeURIComponent(topic)}`;
    const response = await fetch(`${url}&will=${encodeURIComponent(topic)}&will-body=gone&will-delay=0`);
    if (!response.ok) throw new Error(await response.text());
    return async () => {
      const goodbye = await fetch(url, { method: 'DELETE' });
      if (!goodbye.ok) throw new Error(await goodbye.text());
      // Held until here: a response that nobody holds is collected, and its connection closed without a word.
      await response.body?.cancel();
    };
  },
};

const leave = await CLIENTS[kind]!();
process.stdout.write('left\n');
process.stdin.resume();
await once(process.stdin, 'end');
await leave();
process.exit(0);
