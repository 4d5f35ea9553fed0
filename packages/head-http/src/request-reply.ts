import { randomUUID } from 'node:crypto';
import {
  ACCEPTED,
  type Address,
  type AddressSpace,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  type Message,
  MessageCollector,
  type MessageStream,
  type Outcome,
  type PeerDescription,
  RELEASED,
  Refusal,
  type Turn,
} from '@angarium/core';
import { Deadlines } from './deadlines.ts';
import type { HttpLimits } from './limits.ts';
import { type HttpProblem, messageProblem, outcomeProblem, refusalProblem, writeProblem } from './problem.ts';
import { rawMessage } from './receive.ts';
import type { MessageReader } from './received-message.ts';
import type { HttpResponse } from './request.ts';
import type { SentMessage } from './sent-message.ts';
import type { SendWaiter } from './shared-producer.ts';
import { UNREADABLE } from './shared-receiver.ts';

/** Requests that wait for the reply to the message that they sent. */
export class Replies {
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #read: MessageReader;
  readonly #deadlines = new Deadlines<ReplyExchange>();
  readonly #open = new Set<ReplyExchange>();

  constructor(turn: Turn, limits: HttpLimits, read: MessageReader) {
    this.#turn = turn;
    this.#limits = limits;
    this.#read = read;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Gives the message a reply address that lasts as long as the request, and a correlation id if it has none. */
  prepare(sent: SentMessage, space: AddressSpace, response: HttpResponse, timeoutMs: number): ReplyExchange | HttpProblem {
    if (this.#open.size >= this.#limits.waitersMax)
      return messageProblem('limit-reached', `${this.#limits.waitersMax} requests wait for replies already (waitersMax): try again later.`);
    const address = space.createDynamic('anycast', 'link-closed');
    if (address instanceof Refusal) return refusalProblem(address);
    const deadlineMs = this.#turn.nowMs + timeoutMs;
    const exchange: ReplyExchange = new ReplyExchange(
      response,
      space,
      address,
      { read: this.#read, sizeMax: this.#limits.bodyBytesMax },
      () => {
        this.#open.delete(exchange);
        this.#deadlines.remove(exchange, deadlineMs);
      },
    );
    const consumer = address.attachConsumer(exchange, {});
    if (consumer instanceof Refusal) return refusalProblem(consumer);
    exchange.start(consumer);
    this.#open.add(exchange);
    this.#deadlines.add(exchange, deadlineMs);
    sent.properties.replyTo = address.name;
    sent.properties.correlationId ??= sent.properties.messageId ?? randomUUID();
    return exchange;
  }

  tick(nowMs: number): void {
    this.#deadlines.due(nowMs, exchange => exchange.expire());
  }

  stop(problem: HttpProblem): void {
    for (const exchange of [...this.#open]) exchange.refused(problem);
  }
}

/** A request whose answer is the reply to its message. */
export class ReplyExchange implements SendWaiter, ConsumerPort {
  unsettled = 0;
  readonly #response: HttpResponse;
  readonly #space: AddressSpace;
  readonly #address: Address;
  readonly #sizeMax: number;
  readonly #readMessage: MessageReader;
  readonly #onOver: () => void;
  #consumer: Consumer | undefined;
  #accepted = false;
  #over = false;

  constructor(
    response: HttpResponse,
    space: AddressSpace,
    address: Address,
    parts: { read: MessageReader; sizeMax: number },
    onOver: () => void,
  ) {
    this.#response = response;
    this.#space = space;
    this.#address = address;
    this.#sizeMax = parts.sizeMax;
    this.#readMessage = parts.read;
    this.#onOver = onOver;
    response.once('close', () => this.#leave());
  }

  describePeer(): PeerDescription {
    return { protocol: 'HTTP', name: `a request that waits for a reply at ${this.#address.name}` };
  }

  start(consumer: Consumer): void {
    this.#consumer = consumer;
    consumer.grant(1, false);
  }

  // ---- the message

  settled(outcome: Outcome): void {
    if (outcome.kind === 'accepted') this.#accepted = true;
    else this.refused(outcomeProblem(outcome)!);
  }

  refused(problem: HttpProblem): void {
    if (this.#leave()) writeProblem(this.#response, problem);
  }

  expire(): void {
    this.refused(
      this.#accepted
        ? messageProblem('reply-missing', 'The message was accepted, but nobody has replied in time.')
        : messageProblem('outcome-unknown', 'Neither an outcome nor a reply has come in time.'),
    );
  }

  // ---- the reply

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    if (message.more) {
      return new MessageCollector(message, this.#sizeMax, whole => {
        if (whole) this.#answer(whole, source, token);
        else source.settle(token, RELEASED);
      });
    }
    this.#answer(message, source, token);
    return undefined;
  }

  #answer(message: Message, source: DeliverySource, token: number): void {
    if (this.#over) return source.settle(token, RELEASED);
    const received = this.#readMessage(message);
    const reply = received && rawMessage(received);
    if (!reply) {
      source.settle(token, UNREADABLE);
      return;
    }
    source.settle(token, ACCEPTED);
    if (!this.#leave()) return;
    this.#response.writeHead(200, { ...reply.headers, 'content-length': reply.body.length });
    this.#response.end(reply.body);
  }

  drained(): void {}

  end(refusal: Refusal): void {
    this.#consumer = undefined;
    this.refused(refusalProblem(refusal));
  }

  #leave(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#onOver();
    // Not from within a delivery of the address: that it ends is noticed by its producers at once.
    queueMicrotask(() => {
      this.#consumer?.detach(0);
      this.#consumer = undefined;
      this.#space.closeDynamic(this.#address);
    });
    return true;
  }
}
