// A direct address stores nothing: a producer has credit only while somebody receives, and what the consumer says of a message is
// what the producer hears.
import { once } from 'node:events';
import rhea, { type Delivery, type EventContext } from 'rhea';

const { hostname: host, port } = new URL(process.argv[2] ?? 'amqp://127.0.0.1:5672');
const connection = rhea.create_container().connect({ host, port: Number(port), username: 'anonymous', reconnect: false });
const address = { address: 'thumbnails', capabilities: ['anycast'] };

const producer = connection.open_sender({ target: address });
await once(producer, 'sender_open');
console.log(`without a consumer, the producer may send: ${producer.sendable()}`);

const consumer = connection.open_receiver({ source: address, autoaccept: false });
consumer.on('message', ({ message, delivery }: EventContext) => {
  if (message?.body === 'holiday.jpg') delivery?.accept();
  else delivery?.reject({ condition: 'app:not-an-image', description: `${message?.body} is not an image` });
});
await once(producer, 'sendable');
console.log(`with a consumer, the producer may send: ${producer.sendable()}`);

producer.send({ body: 'holiday.jpg' });
await once(producer, 'accepted');
console.log('holiday.jpg: accepted by the consumer');

producer.send({ body: 'invoice.pdf' });
const [{ delivery }] = (await once(producer, 'rejected')) as [{ delivery: Delivery }];
const { error } = delivery.remote_state as { error: { condition: string; description: string } };
console.log(`invoice.pdf: rejected by the consumer: ${error.description} (${error.condition})`);
connection.close();
