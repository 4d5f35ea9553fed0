import { once } from 'node:events';
import rhea, { type Connection, type EventContext, type Message, type ReceiverOptions, type Sender } from 'rhea';

/** A rhea connection for one test. */
export class AmqpClient implements AsyncDisposable {
  readonly connection: Connection;
  /** What the server has ended links and the connection with. */
  readonly errors: unknown[] = [];

  private constructor(connection: Connection) {
    this.connection = connection;
    for (const event of ['receiver_error', 'sender_error', 'connection_error'])
      connection.on(event, (context: EventContext) => this.errors.push(context.error));
  }

  static async connect(server: { amqp: { host: string; port: number } }): Promise<AmqpClient> {
    const connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
    await once(connection, 'connection_open');
    return new AmqpClient(connection);
  }

  async sender(address: string | undefined): Promise<Sender> {
    const sender = this.connection.open_sender(address === undefined ? { target: {} } : address);
    await once(sender, 'sendable');
    return sender;
  }

  /** Calls `take` for each message; it settles. */
  async receiver(address: string, take: (message: Message, context: EventContext) => void, options: ReceiverOptions = {}): Promise<void> {
    const receiver = this.connection.open_receiver({ source: address, autoaccept: false, ...options });
    receiver.on('message', (context: EventContext) => take(context.message!, context));
    await once(receiver, 'receiver_open');
  }

  /** The next message of the address, accepted. */
  next(address: string): Promise<Message> {
    return new Promise(resolve => {
      const receiver = this.connection.open_receiver({ source: address, autoaccept: false, credit_window: 0 });
      receiver.on('message', (context: EventContext) => {
        context.delivery!.accept();
        receiver.close();
        resolve(context.message!);
      });
      receiver.add_credit(1);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.connection.is_open()) return;
    const closed = Promise.race([once(this.connection, 'connection_close'), once(this.connection, 'disconnected')]);
    this.connection.close();
    await closed;
  }
}
