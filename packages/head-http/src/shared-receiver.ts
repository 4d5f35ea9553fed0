import {
  type AddressSpace,
  type Consumer,
  type ConsumerOptions,
  type ConsumerPort,
  type DeliverySource,
  type Message,
  MessageCollector,
  type MessageStream,
  type Outcome,
  type PeerDescription,
  RELEASED,
  Refusal,
  type Task,
  type Turn,
  type Visit,
} from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import type { HttpLimits } from './limits.ts';
import { type HttpProblem, refusalProblem } from './problem.ts';
import type { MessageReader, ReceivedMessage } from './received-message.ts';

/** It cannot be read by any client of this head; another may have it. */
export const UNREADABLE: Outcome = Object.freeze({ kind: 'modified', deliveryFailed: false, undeliverableHere: true });

/** A request that waits for messages. */
export interface ReceiveWaiter {
  readonly visit: Visit;
  /** Messages that it takes still. */
  wants: number;
  /** Messages that it has. */
  readonly has: number;
  /** Something came in this turn. */
  fresh: boolean;
  /** It does not wait for messages that are not there already. */
  readonly patient: boolean;
  /** Takes the message, which is valid during the call. */
  take(message: ReceivedMessage, sizeBytes: number, source: DeliverySource, token: number): void;
  /** It gets nothing more: its answer is due. */
  finish(): void;
  refuse(problem: HttpProblem): void;
}

/** Turns that an impatient request gives what is stored to come. */
const TURNS_FOR_STORED = 50;

/**
 * The consumer of all requests that receive from one address: its credit is what they want together, and the one that waits longest is served
 * first. It stays while leases of it are out.
 */
export class SharedReceiver implements ConsumerPort, Task {
  deferred = false;
  unsettled = 0;
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #read: MessageReader;
  readonly #keepMs: number;
  /** It is of one request, and over with it and its leases. */
  readonly #single: boolean;
  readonly #onEnd: () => void;
  readonly #sinceMs: number;
  space: AddressSpace | undefined;
  address = '';
  #selector: string | undefined;
  #consumer: Consumer | undefined;
  #waiters: ReceiveWaiter[] = [];
  #wanted = 0;
  #idleTurns = 0;
  #usedAtMs = 0;

  constructor(turn: Turn, limits: HttpLimits, read: MessageReader, life: { keepMs: number; single: boolean }, onEnd: () => void) {
    this.#turn = turn;
    this.#limits = limits;
    this.#read = read;
    this.#keepMs = life.keepMs;
    this.#single = life.single;
    this.#onEnd = onEnd;
    this.#sinceMs = turn.nowMs;
  }

  /** How long it has messages that it has not settled says nothing: they are leased, and come back by themselves. */
  listed(): ListedLink {
    const { address, unsettled } = this;
    const consumer = this.#consumer;
    return {
      identity: this,
      name: address,
      role: 'consumer',
      address,
      sinceMs: this.#sinceMs,
      standing: consumer?.standing,
      selector: this.#selector,
      unsettled,
      available: consumer?.available ?? 0,
    };
  }

  attach(space: AddressSpace, name: string, options: ConsumerOptions): Refusal | undefined {
    this.space = space;
    this.address = name;
    this.#selector = options.filter?.text;
    const consumer = space.attachConsumer(name, undefined, this, options);
    if (consumer instanceof Refusal) return consumer;
    this.#consumer = consumer;
    return undefined;
  }

  get size(): number {
    return this.#waiters.length;
  }

  /** The one that is served next, or was last. */
  describePeer(): PeerDescription {
    return (
      (this.#waiters.find(({ wants }) => wants > 0) ?? this.#waiters.at(-1))?.visit.describePeer() ?? {
        protocol: 'HTTP',
        name: 'receiving requests',
      }
    );
  }

  add(waiter: ReceiveWaiter): void {
    this.#waiters.push(waiter);
    this.#idleTurns = 0;
    this.#grant();
    this.#turn.deferNext(this);
  }

  /** The waiter has left. */
  remove(waiter: ReceiveWaiter): void {
    this.#waiters = this.#waiters.filter(each => each !== waiter);
    this.#grant();
    if (this.#single) this.#turn.deferNext(this);
  }

  /** The credit is what the waiters want. */
  #grant(): void {
    this.#usedAtMs = this.#turn.nowMs;
    let wanted = 0;
    for (const waiter of this.#waiters) wanted += waiter.wants;
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#consumer?.grant(wanted, false);
  }

  // ---- deliveries

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    this.#wanted--;
    const waiter = this.#waiters.find(({ wants }) => wants > 0);
    if (!waiter) {
      source.settle(token, RELEASED);
      return undefined;
    }
    waiter.wants--;
    if (!message.more) {
      this.#take(waiter, message, source, token);
      return undefined;
    }
    return new MessageCollector(message, this.#limits.bodyBytesMax, whole => {
      if (whole && this.#waiters.includes(waiter)) this.#take(waiter, whole, source, token);
      else {
        waiter.wants++;
        this.#turn.deferNext(this);
        source.settle(token, RELEASED);
      }
    });
  }

  #take(waiter: ReceiveWaiter, message: Message, source: DeliverySource, token: number): void {
    const received = this.#read(message);
    this.#turn.deferNext(this);
    if (!received) {
      waiter.wants++;
      source.settle(token, UNREADABLE);
      return;
    }
    this.unsettled++;
    waiter.fresh = true;
    waiter.take(received, message.end - message.start, source, token);
  }

  /** A delivery of this receiver is settled. */
  settled(): void {
    this.unsettled--;
    this.#usedAtMs = this.#turn.nowMs;
    if (this.#single) this.#turn.deferNext(this);
  }

  /** Answers those that have all they want, and those that have some while nothing more came in this turn. */
  run(): void {
    const storedIsComing = (this.#consumer?.available ?? 0) > 0 && this.#idleTurns++ < TURNS_FOR_STORED;
    let again = false;
    for (const waiter of [...this.#waiters]) {
      if (waiter.wants > 0 && waiter.fresh) {
        waiter.fresh = false;
        again = true;
      } else if (waiter.wants === 0 || waiter.has > 0) waiter.finish();
      else if (!waiter.patient) {
        if (storedIsComing || waiter.fresh) again = true;
        else waiter.finish();
      }
    }
    this.#grant();
    if (again) this.#turn.deferNext(this);
    if (this.#single && this.#idle) this.#leave();
  }

  drained(): void {}

  // ---- the end

  end(refusal: Refusal): void {
    this.#consumer = undefined;
    this.#onEnd();
    this.#refuseAll(refusalProblem(refusal));
  }

  #refuseAll(problem: HttpProblem): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.refuse(problem);
  }

  tick(nowMs: number): void {
    if (this.#idle && nowMs - this.#usedAtMs >= this.#limits.producerIdleMs) this.#leave();
  }

  get #idle(): boolean {
    return this.#waiters.length === 0 && this.unsettled === 0;
  }

  #leave(): void {
    this.#onEnd();
    this.#consumer?.detach(this.#keepMs);
    this.#consumer = undefined;
  }

  stop(problem: HttpProblem): void {
    this.#refuseAll(problem);
    this.#consumer?.detach(this.#keepMs);
    this.#consumer = undefined;
  }
}
