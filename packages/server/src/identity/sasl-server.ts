import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  AmqpMap,
  ByteWriter,
  decodePerformative,
  decodeSaslFrame,
  FRAME_TYPE_AMQP,
  FRAME_TYPE_SASL,
  type FrameReceiver,
  FrameSplitter,
  type Open,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  PROTOCOL_ID_AMQP,
  PROTOCOL_ID_SASL,
  SASL_AUTH,
  SASL_OK,
  type SaslFrame,
  toPlain,
  writeFrame,
  writeSaslFrame,
} from '@angarium/codec-amqp';
import type { Report } from '@angarium/core';
import type { Denial, Mechanism } from '@angarium/transport';
import { type ExternalSaslSpec, TIMEOUT_MS_DEFAULT } from './authentication-service.ts';
import { type Authority, BUSY, type Identity, type IdentityExchange, type IdentityReply, UNREACHABLE, WRONG } from './authority.ts';
import { AuthorityHealth } from './authority-health.ts';

/** Exchanges under way with one server at a time, each with a connection of its own; further ones are refused. */
export const RELAYS_MAX = 200;
/** The largest frame that is taken from it, in bytes. */
const FRAME_BYTES_MAX = 65_536;

/**
 * An AMQP server that authenticates for others, as EnMasse has it: the client's SASL exchange is relayed to it message by message, and when it has
 * succeeded, the server's `open` says who it was:
 *
 *     properties  authenticated-identity  map { sub, preferred_username }
 *                 groups                  list of strings
 */
export class SaslServer implements Authority {
  readonly mechanisms: readonly Mechanism[];
  readonly health: AuthorityHealth;
  readonly password: ((user: string, password: string) => Promise<Identity | Denial>) | undefined;
  readonly #spec: ExternalSaslSpec;
  readonly #relays = new Set<SaslRelay>();

  constructor(spec: ExternalSaslSpec, report: Report) {
    this.#spec = spec;
    this.health = new AuthorityHealth(
      report,
      `Check that this server reaches ${spec.host}:${spec.port}, that spec.tls is right, and that it offers all of spec.mechanisms.`,
    );
    this.mechanisms = spec.mechanisms ?? ['PLAIN'];
    this.password = this.mechanisms.includes('PLAIN') ? (user, password) => this.#plain(user, password) : undefined;
  }

  begin(mechanism: Mechanism): IdentityExchange {
    if (this.#relays.size >= RELAYS_MAX) return { step: (_message, reply) => reply(BUSY) };
    const relay = new SaslRelay(this.#spec, mechanism, why => {
      this.#relays.delete(relay);
      if (why === undefined) this.health.answered();
      else this.health.failed(Date.now(), 'an external SASL server cannot be asked', why);
    });
    this.#relays.add(relay);
    return relay;
  }

  /** For protocols that have no mechanisms. */
  #plain(user: string, password: string): Promise<Identity | Denial> {
    // A zero byte would divide them in another place (RFC 4616).
    if (user.includes('\0') || password.includes('\0')) return Promise.resolve(WRONG);
    return new Promise(resolve =>
      this.begin('PLAIN').step(Buffer.from(`\0${user}\0${password}`), reply => {
        if (reply.kind === 'success') resolve(reply.identity);
        else resolve(reply.kind === 'failure' ? reply : WRONG);
      }),
    );
  }

  close(): void {
    for (const relay of [...this.#relays]) relay.close();
  }
}

type Phase = 'header' | 'mechanisms' | 'exchange' | 'amqp-header' | 'open' | 'over';

/** One exchange with the server: its SASL client, with the words of ours. */
class SaslRelay implements IdentityExchange, FrameReceiver {
  readonly #mechanism: Mechanism;
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  /** `why`: the server is at fault, or not there. */
  readonly #onEnd: (why: string | undefined) => void;
  readonly #serverName: string;
  #phase: Phase = 'header';
  /** The client's first message, until the server wants it. */
  #first: Uint8Array | undefined;
  #reply: ((reply: IdentityReply) => void) | undefined;
  #outcomeData: Uint8Array | undefined;

  constructor(
    { host, port, tls, timeoutMs = TIMEOUT_MS_DEFAULT }: ExternalSaslSpec,
    mechanism: Mechanism,
    onEnd: (why: string | undefined) => void,
  ) {
    this.#mechanism = mechanism;
    this.#onEnd = onEnd;
    this.#serverName = tls?.serverName ?? host;
    const named = isIP(this.#serverName) === 0 && { servername: this.#serverName };
    this.#socket = tls
      ? connectTls({ host, port, ...named, ...(tls.ca !== undefined && { ca: tls.ca }) })
      : connect({ host, port, noDelay: true });
    // The time that the client takes to answer a challenge counts too, although that is not the server's fault: nobody keeps a connection for longer.
    this.#socket.setTimeout(timeoutMs, () => {
      if (this.#phase === 'exchange' && this.#reply === undefined) this.close();
      else this.#fail(`it does not answer for ${timeoutMs} ms`);
    });
    this.#socket.on('error', error => this.#fail(error.message));
    this.#socket.on('close', () => this.#fail('it closed the connection'));
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.write(PROTOCOL_HEADER_SASL);
  }

  step(message: Uint8Array, reply: (reply: IdentityReply) => void): void {
    if (this.#phase === 'over') return reply(UNREACHABLE);
    this.#reply = reply;
    // It is the caller's until the call returns.
    if (this.#phase !== 'exchange') this.#first = message.slice();
    else this.#send({ kind: 'sasl-response', response: message });
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk, this);
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  header(protocolId: number): void {
    if (protocolId === PROTOCOL_ID_SASL && this.#phase === 'header') this.#phase = 'mechanisms';
    else if (protocolId === PROTOCOL_ID_AMQP && this.#phase === 'amqp-header') this.#phase = 'open';
    else this.#fail('it does not speak AMQP 1.0 with SASL');
  }

  frame(type: number, _channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (type === FRAME_TYPE_SASL) return this.#sasl(decodeSaslFrame(bytes, start, end));
    if (type !== FRAME_TYPE_AMQP || this.#phase !== 'open' || start === end) return;
    const { performative } = decodePerformative(bytes, start, end);
    if (performative.kind === 'open') this.#opened(performative);
    else this.#fail(`it sent ${performative.kind} before open`);
  }

  #sasl(frame: SaslFrame): void {
    if (frame.kind === 'sasl-mechanisms' && this.#phase === 'mechanisms') {
      if (!frame.mechanisms.includes(this.#mechanism)) return this.#fail(`it does not offer ${this.#mechanism}`);
      this.#phase = 'exchange';
      if (this.#first === undefined) return;
      this.#send({ kind: 'sasl-init', mechanism: this.#mechanism, initialResponse: this.#first, hostname: this.#serverName });
    } else if (frame.kind === 'sasl-challenge' && this.#phase === 'exchange')
      this.#answer({ kind: 'challenge', data: frame.challenge.slice() });
    else if (frame.kind === 'sasl-outcome' && this.#phase === 'exchange') {
      if (frame.code === SASL_AUTH) return this.#end(WRONG, undefined);
      if (frame.code !== SASL_OK) return this.#fail(`it cannot decide (sasl code ${frame.code})`);
      this.#outcomeData = frame.additionalData?.slice();
      this.#phase = 'amqp-header';
      this.#splitter.expectHeader();
      const writer = new ByteWriter();
      writer.raw(PROTOCOL_HEADER_AMQP);
      writeFrame(writer, 0, { kind: 'open', containerId: 'angarium', hostname: this.#serverName });
      this.#write(writer);
    } else this.#fail(`it sent ${frame.kind} where it has no place`);
  }

  #opened(open: Open): void {
    const identity = identityOf(open);
    if (identity === undefined) return this.#fail('its open has no authenticated-identity that names a user');
    const writer = new ByteWriter();
    writeFrame(writer, 0, { kind: 'close' });
    this.#write(writer);
    this.#end({ kind: 'success', identity, ...(this.#outcomeData && { data: this.#outcomeData }) }, undefined);
  }

  #send(frame: SaslFrame): void {
    const writer = new ByteWriter();
    writeSaslFrame(writer, frame);
    this.#write(writer);
  }

  #write({ bytes, length }: ByteWriter): void {
    this.#socket.write(bytes.subarray(0, length));
  }

  #answer(reply: IdentityReply): void {
    const waiting = this.#reply;
    this.#reply = undefined;
    waiting?.(reply);
  }

  #fail(why: string): void {
    this.#end(UNREACHABLE, why);
  }

  #end(reply: IdentityReply, why: string | undefined): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#splitter.stop();
    if (why === undefined) this.#socket.end();
    else this.#socket.destroy();
    this.#onEnd(why);
    this.#answer(reply);
  }

  /** Whom it asks for is nobody's affair any more. */
  close(): void {
    this.#end(UNREACHABLE, undefined);
    this.#socket.destroy();
  }
}

function identityOf({ properties }: Open): Identity | undefined {
  const identity = properties?.get('authenticated-identity');
  if (!(identity instanceof AmqpMap)) return undefined;
  const { sub, preferred_username: preferred } = toPlain(identity) as { sub?: unknown; preferred_username?: unknown };
  const user = preferred ?? sub;
  const groups = properties?.get('groups');
  const names = groups === undefined || groups === null ? [] : toPlain(groups);
  if (typeof user !== 'string' || !Array.isArray(names) || !names.every(name => typeof name === 'string')) return undefined;
  return { user, ...(typeof sub === 'string' && { subject: sub }), groups: names };
}
