import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import rhea, { type Container, type Delivery, type EventContext, type Message, type Sender } from 'rhea';

interface Node {
  readonly consumers: Sender[];
  readonly waiting: { readonly message: Message; readonly delivery: Delivery }[];
  turn: number;
}

export interface SmallRouterOptions {
  /** Credit that producers get. */
  readonly credit?: number;
  /** Answers each message itself, and passes nothing on. */
  readonly outcome?: (delivery: Delivery) => void;
  /** Every consumer gets each message. */
  readonly multicast?: boolean;
  /** Keeps messages and accepts them at once, as a queue does. */
  readonly store?: boolean;
  /** Drops every so many-th message after accepting it. */
  readonly dropEvery?: number;
  readonly password?: string;
  readonly frameSizeBytesMax?: number;
  /** What else the server does: gets the container before it listens. */
  readonly prepare?: (container: Container) => void;
}

/** An AMQP server in this process, by an implementation that is not ours: an address passes on what it gets. */
export class SmallRouter implements AsyncDisposable {
  readonly port: number;
  readonly bodySizes: number[] = [];
  readonly #server: Server;
  readonly #open: Set<{ close(): void }>;

  private constructor(server: Server, open: Set<{ close(): void }>) {
    this.#server = server;
    this.#open = open;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(options: SmallRouterOptions = {}): Promise<SmallRouter> {
    const container = rhea.create_container({ id: 'small-router', non_fatal_errors: ['amqp:not-found'] });
    const nodes = new Map<string, Node>();
    const open = new Set<{ close(): void }>();
    if (options.password !== undefined) {
      container.sasl_server_mechanisms.enable_plain((_user: string, password: string) => password === options.password);
    }
    const nodeOf = (address: string): Node => {
      const node = nodes.get(address) ?? { consumers: [], waiting: [], turn: 0 };
      nodes.set(address, node);
      return node;
    };
    const pass = (node: Node): void => {
      while (node.waiting.length > 0) {
        const ready = node.consumers.filter(one => one.sendable());
        if (ready.length === 0 || (options.multicast && ready.length < node.consumers.length)) return;
        const { message, delivery } = node.waiting.shift()!;
        const takers = options.multicast ? ready : [ready[node.turn++ % ready.length]!];
        for (const taker of takers) {
          const sent = taker.send(message);
          if (delivery.remote_settled) sent.update(true);
          else if (!options.store) Object.assign(sent, { upstream: delivery });
        }
      }
    };
    let count = 0;
    let router: SmallRouter | undefined;
    container.on('sender_open', ({ sender }: EventContext) => {
      const { address } = sender!.source;
      sender!.set_source({ address });
      nodeOf(address).consumers.push(sender!);
    });
    container.on('receiver_open', ({ receiver }: EventContext) => receiver!.set_target({ address: receiver!.target.address }));
    container.on('sendable', ({ sender }: EventContext) => pass(nodeOf(sender!.source.address)));
    container.on('message', ({ message, delivery, receiver }: EventContext) => {
      count++;
      router?.bodySizes.push(message!.body.content.length);
      if (options.outcome) {
        options.outcome(delivery!);
        return;
      }
      const node = nodeOf(receiver!.target.address);
      if (options.dropEvery !== undefined && count % options.dropEvery === 0) {
        delivery!.accept();
        return;
      }
      if (options.store) delivery!.accept();
      node.waiting.push({ message: message!, delivery: delivery! });
      pass(node);
    });
    container.on('accepted', ({ delivery }: EventContext) => (delivery as Delivery & { upstream?: Delivery }).upstream?.accept());
    container.on('connection_open', ({ connection }: EventContext) => open.add({ close: () => connection.close() }));
    // Clients that go without a word are what some of the tests are about.
    container.on('disconnected', () => {});
    container.on('protocol_error', () => {});
    options.prepare?.(container);
    const server = container.listen({
      host: '127.0.0.1',
      port: 0,
      receiver_options: { credit_window: options.credit ?? 200, autoaccept: false },
      max_frame_size: options.frameSizeBytesMax ?? 65536,
      tcp_no_delay: true,
    } as Parameters<Container['listen']>[0]);
    await once(server, 'listening');
    router = new SmallRouter(server, open);
    return router;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#open) connection.close();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
