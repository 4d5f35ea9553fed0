import {
  type AddressSpace,
  type Message,
  type Outcome,
  type PeerDescription,
  type Producer,
  type ProducerPort,
  Refusal,
  retainMessage,
  type Task,
  type Turn,
  type Visit,
} from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import type { HttpLimits } from './limits.ts';
import { type HttpProblem, messageProblem, refusalProblem } from './problem.ts';

/** One that has sent a message, and hears once what became of it. */
export interface SendWaiter {
  settled(outcome: Outcome): void;
  refused(problem: HttpProblem): void;
}

interface UnderWay {
  readonly waiter: SendWaiter;
  /** Since when it has been for its address to say what becomes of it. */
  sinceMs: number;
  /** Until when it waits for room, where it has to. */
  readonly untilMs: number;
}

interface Waiting {
  readonly waiter: SendWaiter;
  readonly message: Message;
  readonly sender: Visit;
  /** Until when it waits for credit; 0: until it is known that there is none. */
  readonly untilMs: number;
}

/**
 * The producer of all requests to one address. A message goes at once where there is credit. Where there is none, the address is given the
 * rest of this turn and the next to say otherwise, as a new producer is granted its first credit at the end of a turn.
 */
export class SharedProducer implements ProducerPort, Task {
  deferred = false;
  readonly space: AddressSpace;
  readonly #name: string;
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #onEnd: () => void;
  readonly #sinceMs: number;
  #producer: Producer | undefined;
  #credit = 0;
  #granted = false;
  #token = 0;
  /** Of the message that is being handed over. */
  #sender: Visit | undefined;
  /** In the order of sending, so that the oldest come first. */
  readonly #underWay = new Map<number, UnderWay>();
  /** Of those, the ones that wait for room at the address: others were faster. */
  readonly #inLine = new Set<number>();
  #waiting: Waiting[] = [];
  #usedAtMs = 0;

  constructor(space: AddressSpace, name: string, turn: Turn, limits: HttpLimits, onEnd: () => void) {
    this.space = space;
    this.#name = name;
    this.#turn = turn;
    this.#limits = limits;
    this.#onEnd = onEnd;
    this.#sinceMs = turn.nowMs;
  }

  attach(): Refusal | undefined {
    const producer = this.space.attachProducer(this.#name, undefined, this);
    if (producer instanceof Refusal) return producer;
    this.#producer = producer;
    return undefined;
  }

  /** Requests that wait here. */
  get size(): number {
    return this.#underWay.size + this.#waiting.length;
  }

  listed(): ListedLink {
    const name = this.#name;
    const standing = this.#producer?.standing;
    return { identity: this, name, role: 'producer', address: name, sinceMs: this.#sinceMs, standing, delivered: this.#token };
  }

  /** Takes the message, whose bytes are valid during the call only. */
  send(message: Message, waiter: SendWaiter, untilMs: number, sender: Visit): void {
    const producer = this.#producer!;
    this.#usedAtMs = this.#turn.nowMs;
    const sizeMax = producer.messageSizeBytesMax;
    if (sizeMax > 0 && message.end - message.start > sizeMax) {
      const words = this.space.limits.sizeWords(sizeMax);
      const description = `The message has ${message.end - message.start} bytes in AMQP's encoding, and ${this.#name} takes ${sizeMax}: send a smaller one, or raise ${words}.`;
      waiter.refused(refusalProblem(new Refusal('message-too-large', description)));
      return;
    }
    if (this.#credit > 0 && this.#waiting.length === 0) {
      this.#hand(message, waiter, untilMs, sender);
      return;
    }
    this.#waiting.push({ waiter, message: retainMessage(message), sender, untilMs });
    this.#turn.deferNext(this);
  }

  #hand(message: Message, waiter: SendWaiter, untilMs: number, sender: Visit): void {
    this.#sender = sender;
    this.#credit--;
    const token = this.#token++;
    this.#underWay.set(token, { waiter, sinceMs: this.#turn.nowMs, untilMs });
    this.#producer!.send(message, token);
  }

  describePeer(): PeerDescription | undefined {
    return this.#sender?.describePeer();
  }

  grant(credit: number): void {
    this.#credit = credit;
    this.#granted = true;
    // What waits is sent by `run`: the address that grants may not be ready to take.
    if (this.#waiting.length > 0 && credit > 0) this.#turn.deferNext(this);
  }

  /** Sends what there is credit for. What is left goes away once a turn has passed without a grant, and its time to wait is over. */
  run(): void {
    const waiting = this.#waiting;
    let sent = 0;
    while (sent < waiting.length && this.#credit > 0 && this.#producer) {
      const { message, waiter, untilMs, sender } = waiting[sent++]!;
      this.#hand(message, waiter, untilMs, sender);
    }
    this.#waiting = waiting.slice(sent);
    if (!this.#someWait || !this.#producer) return;
    if (this.#granted || sent > 0) {
      this.#granted = false;
      this.#turn.deferNext(this);
      return;
    }
    this.#refuseOverdue();
  }

  waits(token: number): void {
    this.#inLine.add(token);
    this.#turn.deferNext(this);
  }

  waited(token: number): void {
    this.#inLine.delete(token);
    this.#underWay.get(token)!.sinceMs = this.#turn.nowMs;
  }

  /** Some have to wait, for credit or for room. */
  get #someWait(): boolean {
    return this.#waiting.length > 0 || this.#inLine.size > 0;
  }

  #refuseOverdue(): void {
    const { nowMs } = this.#turn;
    for (const token of this.#inLine) {
      const { untilMs, waiter } = this.#underWay.get(token)!;
      if (untilMs > nowMs || !this.#producer?.withdraw?.(token)) continue;
      this.#underWay.delete(token);
      waiter.refused(this.#shortage());
    }
    const overdue = this.#waiting.filter(({ untilMs }) => untilMs <= nowMs);
    if (overdue.length === 0) return;
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs > nowMs);
    const problem = this.#shortage();
    for (const { waiter } of overdue) waiter.refused(problem);
  }

  #shortage(): HttpProblem {
    const address = this.space.find(this.#name);
    if (address && !address.brokered && address.status().consumers === 0)
      return messageProblem('no-consumer', `Nobody consumes from ${this.#name}, which stores nothing: start a consumer, or use a queue.`);
    const why = address?.brokered ? 'it is full, or its log takes no messages' : 'its consumers have no credit';
    return messageProblem('credit-short', `${this.#name} takes no message just now: ${why}. Send again later, or wait with ?wait=10s.`);
  }

  settle(token: number, outcome: Outcome): void {
    const underWay = this.#underWay.get(token);
    // One whose time was over has been answered.
    if (!underWay) return;
    this.#underWay.delete(token);
    underWay.waiter.settled(outcome);
  }

  end(refusal: Refusal): void {
    this.#producer = undefined;
    this.#onEnd();
    this.#refuseAll(refusalProblem(refusal));
  }

  #refuseAll(problem: HttpProblem): void {
    const waiters = [...this.#underWay.values(), ...this.#waiting];
    this.#underWay.clear();
    this.#waiting = [];
    for (const { waiter } of waiters) waiter.refused(problem);
  }

  tick(nowMs: number): void {
    this.#refuseOverdueUnderWay(nowMs);
    // While a run is due, it decides: credit may be on its way.
    if (this.#someWait && !this.deferred) this.#refuseOverdue();
    if (this.size > 0 || nowMs - this.#usedAtMs < this.#limits.producerIdleMs) return;
    this.#onEnd();
    this.#producer?.detach();
    this.#producer = undefined;
  }

  #refuseOverdueUnderWay(nowMs: number): void {
    for (const [token, { waiter, sinceMs }] of this.#underWay) {
      if (this.#inLine.has(token)) continue;
      if (nowMs - sinceMs < this.#limits.outcomeTimeoutMs) return;
      this.#underWay.delete(token);
      const detail = `The consumer of ${this.#name} has not settled the message in ${this.#limits.outcomeTimeoutMs / 1000} seconds.`;
      waiter.refused(messageProblem('outcome-unknown', detail));
    }
  }

  stop(problem: HttpProblem): void {
    this.#producer?.detach();
    this.#producer = undefined;
    this.#refuseAll(problem);
  }
}
