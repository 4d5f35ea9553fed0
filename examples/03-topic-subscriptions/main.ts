// A topic gives a copy of each message to every subscription. Two consumers that share a subscription compete for its copies.
import { once } from 'node:events';
import rhea, { type EventContext, type Receiver } from 'rhea';

const { hostname: host, port } = new URL(process.argv[2] ?? 'amqp://127.0.0.1:5672');
const connection = rhea.create_container().connect({ host, port: Number(port), username: 'anonymous', reconnect: false });
const MESSAGES = 6;

// A subscription of its own: it ends with its consumer.
const audit = connection.open_receiver({ name: 'audit', source: { address: 'prices', capabilities: ['topic'] } });
// A shared subscription: consumers of the same name share the copies, as queue consumers do. "|" ends the name of the subscription.
const shared = { address: 'prices', capabilities: ['topic', 'shared', 'global'] };
const workers = [1, 2].map(number => connection.open_receiver({ name: `work|${number}`, source: shared, credit_window: 1 }));
await Promise.all([audit, ...workers].map(receiver => once(receiver, 'receiver_open')));

const received = new Map<Receiver, string[]>();
let left = 2 * MESSAGES;
const finished = new Promise<void>(resolve => {
  connection.on('message', ({ receiver, message }: EventContext) => {
    received.set(receiver!, [...(received.get(receiver!) ?? []), String(message?.body)]);
    left--;
    if (left === 0) resolve();
  });
});

const publisher = connection.open_sender({ target: { address: 'prices', capabilities: ['topic'] } });
await once(publisher, 'sendable');
for (let number = 1; number <= MESSAGES; number++) publisher.send({ body: `price ${number}` });
await finished;

console.log(`audit got ${received.get(audit)?.join(', ')}`);
const together = workers.flatMap(worker => received.get(worker) ?? []).sort();
console.log(`the two workers together got ${together.join(', ')}`);
connection.close();
