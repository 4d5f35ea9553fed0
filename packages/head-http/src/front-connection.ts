import type { Socket } from 'node:net';
import type { Task, Turn } from '@angarium/core';
import type { HttpLimits } from './limits.ts';
import type { MessagePath } from './message-path.ts';
import { OrderedAnswers } from './ordered-answers.ts';
import { type PlainSend, readPlainSend } from './plain-send.ts';
import { closingFields, type HttpProblem, messageProblem, rawProblem } from './problem.ts';
import { securityLines } from './security-fields.ts';
import type { SendWaiter } from './shared-producer.ts';

/** The largest body that is read here, in bytes; larger ones are read piece by piece elsewhere. */
const BODY_BYTES_MAX = 65_536;
/** Pieces that a request may come in; one in more of them is read elsewhere, where they are not put together again for each. */
const PIECES_MAX = 16;
const METHOD = Buffer.from('POST ');
const HEAD_END = '\r\n\r\n';
const CR = 0x0d;
const LF = 0x0a;
/** The connection preface of HTTP/2 (RFC 9113, section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** What a connection needs of the front. */
export interface FrontParts {
  readonly turn: Turn;
  readonly limits: HttpLimits;
  /** The header lines of all answers. */
  readonly fields: () => string;
  readonly find: (target: string) => MessagePath | undefined;
  /** Sends the message; the body is valid during the call. A promise: who sends it is not known yet, and nothing may overtake it. */
  readonly send: (request: PlainSend, body: Uint8Array, waiter: SendWaiter) => Promise<void> | undefined;
  /** The connection goes to who speaks the rest of HTTP/1.1, or HTTP/2; what has been read of it is given back to it before. */
  readonly handOver: (connection: FrontConnection, socket: Socket, protocol: 'http1' | 'http2') => void;
  readonly onGone: (connection: FrontConnection) => void;
  /** The connection's first whole request has come. */
  readonly onFirst: (socket: Socket) => void;
  readonly onLate: (socket: Socket, problem: HttpProblem) => void;
}

/**
 * A connection whose requests so far have all been to send one message, plainly. Each is taken from the chunk that was read, and answered in its turn. The first
 * request that is anything else goes elsewhere, and the connection with it, at the border between two requests.
 */
export class FrontConnection implements Task {
  deferred = false;
  readonly #socket: Socket;
  readonly #parts: FrontParts;
  readonly #answers: OrderedAnswers;
  /** What has arrived and is not taken yet. */
  #rest: Buffer | undefined;
  #pieces = 0;
  /** When the request that is not complete began, or else when the last one was over. */
  #sinceMs: number;
  #anyRequest = false;
  #state: 'reading' | 'deciding' | 'full' | 'leaving' | 'over' = 'reading';
  #ended = false;

  readonly #onData = (chunk: Buffer): void => this.#read(chunk);
  readonly #onEnd = (): void => {
    this.#ended = true;
    if (this.#answers.size === 0) this.#socket.end();
  };
  readonly #onClose = (): void => {
    this.#state = 'over';
    this.#parts.onGone(this);
  };
  /** In the next turn, so that others have theirs. */
  readonly #again: Task = { deferred: false, run: () => this.#goOn('full') };
  readonly #onDrain = (): void => {
    if (this.#answers.size === 0) this.#goOn('full');
  };
  readonly #onError = (): void => void this.#socket.destroy();

  constructor(socket: Socket, parts: FrontParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#sinceMs = parts.turn.nowMs;
    const security = securityLines(socket);
    this.#answers = new OrderedAnswers(
      () => parts.fields() + security,
      () => parts.turn.deferLast(this),
    );
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#pieces++;
    this.#rest = undefined;
    let at = 0;
    while (at < bytes.length && this.#state === 'reading') {
      const next = this.#take(bytes, at);
      if (next === at) break;
      at = next;
      this.#pieces = 0;
    }
    if (at < bytes.length) {
      if (at > 0 || this.#pieces <= 1) this.#sinceMs = this.#parts.turn.nowMs;
      this.#rest = at === 0 ? bytes : bytes.subarray(at);
    }
    // Every other state waits for something else than bytes.
    if (this.#state !== 'reading') this.#socket.pause();
    if (this.#state === 'leaving') this.#leave();
  }

  /** Takes the request that begins at `at`; answers where it ends, or `at` when it is not complete or not for here. */
  #take(bytes: Buffer, at: number): number {
    if (!startsAlike(bytes, at, METHOD)) return this.#mayBePreface(bytes, at) ? this.#wait(at) : this.#other(at);
    const headEnd = bytes.indexOf(HEAD_END, at, 'latin1') + HEAD_END.length;
    const { limits, turn } = this.#parts;
    if (headEnd < HEAD_END.length || headEnd - at > limits.headerBytesMax)
      return bytes.length - at < limits.headerBytesMax && !hasBareLf(bytes, at) ? this.#wait(at) : this.#other(at);
    let request: PlainSend | undefined;
    try {
      request = readPlainSend(bytes.toString('latin1', at, headEnd), this.#socket, this.#parts.find);
    } catch (error) {
      // The path is not URL-encoded as it should be: that is answered elsewhere.
      if (!(error instanceof URIError)) throw error;
    }
    if (request === undefined || request.bodyBytes > Math.min(BODY_BYTES_MAX, limits.bodyBytesMax)) return this.#other(at);
    const end = headEnd + request.bodyBytes;
    if (end > bytes.length) return this.#wait(at);
    if (this.#answers.size >= limits.pipelinedRequestsMax || this.#socket.writableNeedDrain) {
      this.#state = 'full';
      return at;
    }
    if (!this.#anyRequest) this.#parts.onFirst(this.#socket);
    this.#anyRequest = true;
    this.#sinceMs = turn.nowMs;
    const answer = this.#answers.next();
    const decision = this.#parts.send(request, bytes.subarray(headEnd, end), answer);
    if (decision) {
      this.#state = 'deciding';
      void decision.then(() => this.#goOn('deciding'));
    }
    return end;
  }

  #mayBePreface(bytes: Buffer, at: number): boolean {
    return !this.#anyRequest && bytes.length < PREFACE.length && startsAlike(bytes, at, PREFACE);
  }

  #wait(at: number): number {
    return this.#pieces >= PIECES_MAX ? this.#other(at) : at;
  }

  #other(at: number): number {
    this.#state = 'leaving';
    return at;
  }

  #goOn(from: 'deciding' | 'full'): void {
    if (this.#state !== from) return;
    this.#state = 'reading';
    const rest = this.#rest;
    this.#rest = undefined;
    this.#pieces = 0;
    if (rest) this.#read(rest);
    // It may be full again by now.
    if ((this.#state as string) === 'reading') this.#socket.resume();
  }

  /** Writes the answers that have become known in this turn. */
  run(): void {
    if (this.#state === 'over') return;
    const text = this.#answers.take();
    if (text !== '') this.#socket.write(text, 'latin1');
    if (this.#answers.size > 0) return;
    this.#sinceMs = this.#parts.turn.nowMs;
    if (this.#state === 'leaving') this.#leave();
    else if (this.#ended) this.#socket.end();
    else if (this.#state === 'full' && !this.#socket.writableNeedDrain) this.#parts.turn.deferNext(this.#again);
  }

  /** Hands the connection over, once everything before has been answered. */
  #leave(): void {
    if (this.#answers.size > 0) return;
    const rest = this.#rest!;
    this.#state = 'over';
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
    socket.off('error', this.#onError);
    socket.unshift(rest);
    const http2 = !this.#anyRequest && rest.length >= PREFACE.length && startsAlike(rest, 0, PREFACE);
    this.#parts.handOver(this, socket, http2 ? 'http2' : 'http1');
  }

  /** Ends a connection on which nothing comes, and one that does not take its answers. */
  tick(nowMs: number): void {
    const { requestTimeoutMs, keepAliveMs } = this.#parts.limits;
    const idleMs = nowMs - this.#sinceMs;
    if (this.#socket.writableNeedDrain) {
      if (idleMs >= requestTimeoutMs) this.#cut(`No answer was taken in ${requestTimeoutMs / 1000} seconds`);
    } else if (this.#state !== 'reading' || this.#answers.size > 0) return;
    else if (this.#rest === undefined && this.#anyRequest) {
      if (idleMs >= keepAliveMs) this.stop();
    } else if (idleMs >= requestTimeoutMs) this.#cut(`No whole request has come in ${requestTimeoutMs / 1000} seconds`);
  }

  #cut(what: string): void {
    const problem = messageProblem('request-timeout', `${what} (requestTimeoutMs).`);
    this.#state = 'over';
    this.#parts.onLate(this.#socket, problem);
    if (this.#socket.writableNeedDrain) this.#socket.destroy();
    else {
      this.#socket.write(rawProblem(problem, closingFields(this.#socket)), 'latin1');
      this.#socket.destroySoon();
    }
  }

  /** The server stops: what was answered goes out. */
  stop(): void {
    this.#socket.destroySoon();
  }
}

/** Whether a line of a head that begins at `at` ends with LF alone (RFC 9112, section 2.2): its end, CR LF CR LF, may never come then. */
function hasBareLf(bytes: Buffer, at: number): boolean {
  for (let lf = bytes.indexOf(LF, at); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) if (lf === at || bytes[lf - 1] !== CR) return true;
  return false;
}

/** Whether the bytes from `at` on are `text`, or the beginning of it when there are no more. */
function startsAlike(bytes: Buffer, at: number, text: Buffer): boolean {
  const length = Math.min(text.length, bytes.length - at);
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
