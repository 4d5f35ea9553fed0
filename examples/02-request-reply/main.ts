// A service answers requests; each client has an address of its own for replies, which is gone when the client is.
import { once } from 'node:events';
import rhea, { type EventContext, type Message, type Source } from 'rhea';

const { hostname: host, port } = new URL(process.argv[2] ?? 'amqp://127.0.0.1:5672');
const connect = { host, port: Number(port), username: 'anonymous', reconnect: false };

// The service receives from the direct address "upper", and sends each reply to the address that its request names.
const service = rhea.create_container().connect(connect);
const replies = service.open_sender({ target: {} });
service.open_receiver({ source: { address: 'upper', capabilities: ['anycast'] } });
service.on('message', ({ message }: EventContext) => {
  const { reply_to, correlation_id, body } = message as Message & { reply_to: string };
  replies.send({ to: reply_to, ...(correlation_id !== undefined && { correlation_id }), body: String(body).toUpperCase() });
});

// The client asks the server for an address that nobody else knows: a dynamic source.
const client = rhea.create_container().connect(connect);
const inbox = client.open_receiver({ source: { dynamic: true } as Source });
const requests = client.open_sender({ target: { address: 'upper', capabilities: ['anycast'] } });
const words = ['one', 'two', 'three'];

let answered = 0;
inbox.on('message', ({ message }: EventContext) => {
  console.log(`${words[Number(message?.correlation_id)]} -> ${message?.body}`);
  answered++;
  if (answered < words.length) return;
  client.close();
  service.close();
});

await Promise.all([once(inbox, 'receiver_open'), once(requests, 'sendable')]);
for (const [number, word] of words.entries()) requests.send({ body: word, reply_to: inbox.source.address, correlation_id: number });
