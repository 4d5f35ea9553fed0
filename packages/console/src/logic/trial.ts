import type { Frame } from '../api/message-socket.ts';
import type { JsonMessage } from '../api/messages.ts';
import { glimpse } from './message-body.ts';
import { Versioned } from './versioned.ts';

/** How somebody wants to receive. */
export interface SubscriptionWish {
  readonly address: string;
  /** `auto`: a message is accepted when it was handed over, and credit comes by itself. */
  readonly settle: 'auto' | 'manual';
  /** Messages that may be under way; `manual`: that come before credit is given again. */
  readonly credit: number;
  readonly selector?: string;
  /** The name of a subscription of a topic, or of a reader of a stream. */
  readonly subscription?: string;
  readonly durable?: boolean;
  /** Where a reader of a stream begins. */
  readonly offset?: string;
}

export type SettleOutcome = 'accepted' | 'released' | 'rejected' | 'modified';

/** A problem document, as frames have it. */
interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
}

export interface TrialSubscription {
  readonly id: string;
  readonly wish: SubscriptionWish;
  state: 'asking' | 'open' | 'ended';
  /** Why it has ended. */
  problem: string | undefined;
  /** `manual`: messages that may still come. */
  credit: number;
  received: number;
  unsettled: number;
}

export interface ReceivedMessage {
  readonly key: number;
  readonly subscription: TrialSubscription;
  readonly delivery: number;
  readonly atMs: number;
  readonly message: JsonMessage;
  /** What became of it: `undefined` is unsettled yet, `gone`: it was somebody else's by then, or the connection was lost. */
  settled: SettleOutcome | 'gone' | undefined;
}

export interface SentMessage {
  readonly key: number;
  readonly address: string;
  readonly glimpse: string;
  readonly atMs: number;
  /** `unknown`: the connection was lost before the outcome was known. */
  state: 'under way' | 'accepted' | 'refused' | 'unknown' | 'replied';
  problem: string | undefined;
  /** Where it was asked for one. */
  reply: JsonMessage | undefined;
  /** From sending it to its outcome, in milliseconds. */
  tookMs: number | undefined;
}

/** Received messages and sent ones that are kept to be looked at. */
export const RECEIVED_SHOWN_MAX = 500;
export const SENT_SHOWN_MAX = 50;
/** The largest credit that may be given at once. */
export const CREDIT_MAX = 10_000;

/** What somebody tries out over one WebSocket: subscriptions, what they got, and what was sent. Newest first. */
export class Trial extends Versioned {
  connected = false;
  readonly subscriptions: TrialSubscription[] = [];
  readonly received: ReceivedMessage[] = [];
  readonly sent: SentMessage[] = [];
  readonly #send: (frame: Frame) => boolean;
  #keys = 0;

  /** `send` answers whether there is a connection. */
  constructor(send: (frame: Frame) => boolean) {
    super();
    this.#send = send;
  }

  // ---- the connection

  /** It is there, or there again: what was subscribed to is subscribed to anew. */
  opened(): void {
    this.connected = true;
    for (const subscription of this.subscriptions) if (subscription.state !== 'ended') this.#ask(subscription);
    this.changed();
  }

  lost(): void {
    this.connected = false;
    for (const message of this.received) message.settled ??= 'gone';
    for (const sent of this.sent) if (sent.state === 'under way') sent.state = 'unknown';
    for (const subscription of this.subscriptions) {
      subscription.unsettled = 0;
      if (subscription.state === 'open') subscription.state = 'asking';
    }
    this.changed();
  }

  // ---- what somebody does

  /** Receives from an address from now on. */
  receive(wish: SubscriptionWish): void {
    const id = `s${++this.#keys}`;
    const subscription: TrialSubscription = {
      id,
      wish,
      state: 'asking',
      problem: undefined,
      credit: wish.credit,
      received: 0,
      unsettled: 0,
    };
    this.subscriptions.push(subscription);
    this.#ask(subscription);
    this.changed();
  }

  /** Ends it, and takes it from the list. */
  end({ id }: TrialSubscription): void {
    const at = this.subscriptions.findIndex(each => each.id === id);
    const [ended] = this.subscriptions.splice(at, 1);
    if (ended?.state !== 'ended') this.#send({ type: 'unsubscribe', id });
    this.#giveBack(id);
    this.changed();
  }

  /** So many messages may come from now on. */
  give(subscription: TrialSubscription, credit: number): void {
    if (!this.#send({ type: 'credit', id: subscription.id, credit })) return;
    subscription.credit = credit;
    this.changed();
  }

  settle(message: ReceivedMessage, outcome: SettleOutcome): void {
    if (message.settled !== undefined) return;
    if (!this.#send({ type: 'settle', id: `d${message.key}`, delivery: message.delivery, outcome })) return;
    message.settled = outcome;
    message.subscription.unsettled--;
    this.changed();
  }

  /** `waitMs`: how long it may wait for credit. */
  send(address: string, message: JsonMessage, waitMs: number): void {
    const sent = this.#begin(address, message);
    if (!this.#send({ type: 'send', id: sent.key, address, message, wait: waitMs }))
      this.#settleSent(sent, 'refused', 'There is no connection just now.');
  }

  /** Sends it and waits for the reply, which `ask` does by a request of its own; what that rejects with is an error with words. */
  async request(address: string, message: JsonMessage, ask: () => Promise<JsonMessage>): Promise<void> {
    const sent = this.#begin(address, message);
    try {
      sent.reply = await ask();
      this.#settleSent(sent, 'replied', undefined);
    } catch (error) {
      this.#settleSent(sent, 'refused', (error as Error).message);
    }
  }

  /** What was received is taken from the list; what is unsettled stays. */
  clear(): void {
    const unsettled = this.received.filter(({ settled }) => settled === undefined);
    this.received.splice(0, this.received.length, ...unsettled);
    this.changed();
  }

  // ---- what the server says

  take(frame: Frame): void {
    const { type, id } = frame;
    const subscription = this.subscriptions.find(each => each.id === id);
    if (type === 'message' && subscription) this.#deliver(subscription, frame);
    else if (type === 'subscribed' && subscription) subscription.state = 'open';
    else if (type === 'unsubscribed' && subscription) this.#ended(subscription, frame.problem as Problem | undefined);
    else if (type === 'problem' && subscription) this.#ended(subscription, frame.problem as Problem);
    else if (type === 'accepted') this.#outcome(id, undefined);
    else if (type === 'problem') this.#outcome(id, frame.problem as Problem);
    else if (type === 'settled' && frame.gone === 1) this.#gone(id);
    this.changed();
  }

  #ask(subscription: TrialSubscription): void {
    const { id, wish } = subscription;
    subscription.state = 'asking';
    subscription.credit = wish.credit;
    this.#send({ type: 'subscribe', id, ...wish });
  }

  #deliver(subscription: TrialSubscription, { delivery, message }: Frame): void {
    const manual = subscription.wish.settle === 'manual';
    subscription.received++;
    if (manual) {
      subscription.credit--;
      subscription.unsettled++;
    }
    const received: ReceivedMessage = {
      key: ++this.#keys,
      subscription,
      delivery: delivery as number,
      atMs: Date.now(),
      message: message as JsonMessage,
      settled: manual ? undefined : 'accepted',
    };
    this.received.unshift(received);
    if (this.received.length <= RECEIVED_SHOWN_MAX) return;
    // What is unsettled stays in sight, since it is to be settled: the server says how much of that there may be.
    const oldest = this.received.findLastIndex(({ settled }) => settled !== undefined);
    if (oldest >= 0) this.received.splice(oldest, 1);
  }

  #ended(subscription: TrialSubscription, problem: Problem | undefined): void {
    subscription.state = 'ended';
    subscription.problem = problem && (problem.detail ?? problem.title);
    subscription.unsettled = 0;
    this.#giveBack(subscription.id);
  }

  /** What a subscription had not settled when it ended went back to the address. */
  #giveBack(id: string): void {
    for (const message of this.received) if (message.subscription.id === id) message.settled ??= 'gone';
  }

  #outcome(key: unknown, problem: Problem | undefined): void {
    const sent = this.sent.find(each => each.key === key);
    if (!sent) return;
    this.#settleSent(sent, problem ? 'refused' : 'accepted', problem && (problem.detail ?? problem.title));
  }

  #begin(address: string, message: JsonMessage): SentMessage {
    const sent: SentMessage = {
      key: ++this.#keys,
      address,
      glimpse: glimpse(message),
      atMs: Date.now(),
      state: 'under way',
      problem: undefined,
      reply: undefined,
      tookMs: undefined,
    };
    this.sent.unshift(sent);
    if (this.sent.length > SENT_SHOWN_MAX) this.sent.pop();
    this.changed();
    return sent;
  }

  #settleSent(sent: SentMessage, state: SentMessage['state'], problem: string | undefined): void {
    sent.state = state;
    sent.problem = problem;
    sent.tookMs = Date.now() - sent.atMs;
    this.changed();
  }

  #gone(id: unknown): void {
    const message = this.received.find(({ key }) => id === `d${key}`);
    if (message) message.settled = 'gone';
  }
}
