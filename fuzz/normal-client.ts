import { once } from 'node:events';
import rhea, { type EventContext } from 'rhea';
import type { Target } from './raw-socket.ts';

const ADDRESS = 'normal-client';
const MESSAGES = 20;
const TIMEOUT_MS = 10_000;

/** What a client that means well does: it sends some durable messages with rhea, hears that they are accepted, and receives them in order. */
export async function sendAndReceive(target: Target): Promise<void> {
  const connection = rhea.create_container().connect({ host: target.host, port: target.port, reconnect: false });
  try {
    await within(
      new Promise<void>((resolve, reject) => {
        let accepted = 0;
        const received: unknown[] = [];
        const look = (): void => {
          if (accepted === MESSAGES && received.length === MESSAGES) resolve();
        };
        const sender = connection.open_sender(ADDRESS);
        const receiver = connection.open_receiver(ADDRESS);
        sender.once('sendable', () => {
          for (let body = 0; body < MESSAGES; body++) sender.send({ body, durable: true });
        });
        sender.on('accepted', () => {
          accepted++;
          look();
        });
        receiver.on('message', (context: EventContext) => {
          received.push(context.message?.body);
          if (received.at(-1) !== received.length - 1) reject(new Error(`received ${received.join(', ')}`));
          look();
        });
        for (const event of ['rejected', 'released', 'connection_error', 'session_error', 'sender_error', 'receiver_error', 'disconnected'])
          connection.on(event, (context: EventContext) => reject(new Error(`${event}: ${String(context.error ?? '')}`)));
      }),
    );
  } finally {
    connection.removeAllListeners('disconnected');
    const closed = once(connection, 'connection_close');
    connection.close();
    await within(closed);
  }
}

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
