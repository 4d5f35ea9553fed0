import { createServer, type Server } from 'node:net';
import type { Attach, Begin, Open } from '@angarium/codec-amqp';
import { type Listening, listening } from '@angarium/testkit';
import { type PerformativeOf, RawPeer } from './raw-peer.ts';

const DEADLINE_MS = 10_000;
/** The channel and the handle of this end: others than those of the server, which begins with 0. */
export const REMOTE_CHANNEL = 5;
export const REMOTE_HANDLE = 7;
const WINDOW_FRAMES = 10_000;

/** A remote server to which connectors come, and that says exactly what a test wants it to say. */
export class RawRemote implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #listening: Listening;
  readonly #waiting: RawPeer[] = [];
  #next: ((peer: RawPeer) => void) | undefined;

  private constructor(server: Server, there: Listening) {
    this.#listening = there;
    this.host = there.host;
    this.port = there.port;
    server.on('connection', socket => {
      const peer = RawPeer.over(socket);
      if (this.#next) this.#next(peer);
      else this.#waiting.push(peer);
      this.#next = undefined;
    });
  }

  static async listen(): Promise<RawRemote> {
    const server = createServer({ noDelay: true });
    return new RawRemote(server, await listening(server));
  }

  /** The next connection. */
  async accept(): Promise<RawPeer> {
    const waiting = this.#waiting.shift();
    if (waiting) return waiting;
    return await new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error('no connection came')), DEADLINE_MS);
      this.#next = peer => {
        clearTimeout(deadline);
        resolve(peer);
      };
    });
  }

  /** The next connection, as far as SASL's mechanisms. */
  async greet(...mechanisms: string[]): Promise<RawPeer> {
    const peer = await this.accept();
    await peer.header();
    peer.sendHeader(true);
    peer.sasl({ kind: 'sasl-mechanisms', mechanisms });
    return peer;
  }

  /** The next connection, let in by ANONYMOUS and open; answers the open that came, too. */
  async open(open: Partial<Open> = {}): Promise<{ peer: RawPeer; theirs: PerformativeOf<'open'> }> {
    const peer = await this.greet('ANONYMOUS');
    await peer.saslFrame('sasl-init');
    peer.sasl({ kind: 'sasl-outcome', code: 0 });
    await peer.header();
    peer.sendHeader();
    const theirs = await peer.next('open');
    peer.write({ kind: 'open', containerId: 'raw-remote', ...open });
    return { peer, theirs };
  }

  /** Answers the next begin, and waits for the attach that follows on its channel. */
  async asked(peer: RawPeer, begin: Partial<Begin> = {}, channel = REMOTE_CHANNEL): Promise<PerformativeOf<'attach'>> {
    const { channel: remoteChannel } = await peer.frameOf('begin');
    peer.write(
      { kind: 'begin', remoteChannel, nextOutgoingId: 0, incomingWindow: WINDOW_FRAMES, outgoingWindow: WINDOW_FRAMES, ...begin },
      channel,
    );
    return await peer.next('attach', (_, asking) => asking === remoteChannel);
  }

  /** Grants what an attach asks for. */
  grant(peer: RawPeer, asked: Attach, more: Partial<Attach> = {}, channel = REMOTE_CHANNEL): void {
    const role = asked.role === 'sender' ? 'receiver' : 'sender';
    const answer: Attach = { ...asked, role, handle: REMOTE_HANDLE, ...more };
    peer.write({ kind: 'attach', ...answer, ...(role === 'sender' && { initialDeliveryCount: 0 }) }, channel);
  }

  /** Begins, attaches and grants as a server does that has what is asked for. */
  async attached(peer: RawPeer): Promise<PerformativeOf<'attach'>> {
    const asked = await this.asked(peer);
    this.grant(peer, asked);
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening[Symbol.asyncDispose]();
  }
}
