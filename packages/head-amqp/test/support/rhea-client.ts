import { once } from 'node:events';
import type { TestServer } from '@angarium/testkit';
import rhea, {
  type Connection,
  type ConnectionOptions,
  type Delivery,
  type EventContext,
  type Message,
  type Receiver,
  type Sender,
} from 'rhea';

const DEADLINE_MS = 10_000;

interface Link {
  on(event: string, listener: (context: EventContext) => void): unknown;
  once(event: string, listener: (context: EventContext) => void): unknown;
}

/** The next time that `emitter` says so. */
export async function said(emitter: Link, event: string): Promise<EventContext> {
  const [context] = await once(emitter as never, event, { signal: AbortSignal.timeout(DEADLINE_MS) });
  return context as EventContext;
}

/** A connection of the client rhea that is closed when it is disposed of. */
export class RheaClient implements AsyncDisposable {
  readonly connection: Connection;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  static async connect(server: Pick<TestServer, 'amqp'>, options: Partial<ConnectionOptions> = {}): Promise<RheaClient> {
    const container = rhea.create_container();
    const connection = container.connect({ ...server.amqp, reconnect: false, ...options } as ConnectionOptions);
    // Errors that a test does not wait for fail it by their deadline.
    connection.on('disconnected', () => {});
    await said(connection, 'connection_open');
    return new RheaClient(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.connection.is_closed()) return;
    const closed = said(this.connection, 'connection_close');
    this.connection.close();
    await closed;
  }

  async sender(target: unknown, options: object = {}): Promise<Sender> {
    const sender = this.connection.open_sender({ target, ...options } as never);
    await said(sender, 'sender_open');
    return sender;
  }

  async receiver(source: unknown, options: object = {}): Promise<Receiver> {
    const receiver = this.connection.open_receiver({ source, ...options } as never);
    await said(receiver, 'receiver_open');
    return receiver;
  }
}

/** The bodies of the messages that come next, one or several together. */
export async function messages(receiver: Receiver): Promise<unknown[]> {
  const bodies: unknown[] = [];
  const listener = ({ message }: EventContext): void => void bodies.push(message!.body);
  receiver.on('message', listener);
  await said(receiver, 'message');
  receiver.removeListener('message', listener as never);
  return bodies;
}

export async function sendable(sender: Sender): Promise<void> {
  if (!sender.sendable()) await said(sender, 'sendable');
}

/** Sends, and answers what became of it: the name of rhea's event. */
export async function send(sender: Sender, message: Message): Promise<{ outcome: string; context: EventContext }> {
  await sendable(sender);
  const outcomes = ['accepted', 'rejected', 'released', 'modified'];
  return await new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error('no outcome came')), DEADLINE_MS);
    const delivery: Delivery = sender.send(message);
    for (const outcome of outcomes)
      sender.on(outcome, context => {
        if (context.delivery !== delivery) return;
        clearTimeout(deadline);
        resolve({ outcome, context });
      });
  });
}
