// A client leaves a will when it connects. Whoever watches the topic learns that it is gone, though it could not say so itself.
import { once } from 'node:events';
import rhea, { type Connection, type EventContext } from 'rhea';

const { hostname: host, port } = new URL(process.argv[2] ?? 'amqp://127.0.0.1:5672');

async function connect(container_id: string, properties = {}): Promise<Connection> {
  const options = { host, port: Number(port), username: 'anonymous', reconnect: false, properties };
  const connection = rhea.create_container({ id: container_id }).connect(options);
  await once(connection, 'connection_open');
  return connection;
}

const watcher = await connect('watcher');
const receiver = watcher.open_receiver({ source: { address: 'pumps', capabilities: ['topic'] } });
await once(receiver, 'receiver_open');

const leaves = { 'angarium:will': { to: 'pumps/7', body: 'pump 7 is gone', durable: true } };
const polite = await connect('pump-7', leaves);
polite.close();
await once(polite, 'connection_close');
console.log('pump 7 has closed its connection: nobody hears anything');

const pump = await connect('pump-7', leaves);
pump.on('disconnected', () => {});
// As if somebody had pulled the plug.
(pump as unknown as { socket: { destroy(): void } }).socket.destroy();
const [{ message }] = (await once(receiver, 'message')) as [EventContext];
console.log(`${message?.to}: ${message?.body}`);
watcher.close();
await once(watcher, 'connection_close');
// The pump's client would go on with its heartbeats.
process.exit();
