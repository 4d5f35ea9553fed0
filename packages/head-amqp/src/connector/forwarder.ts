import type { AmqpError, Attach } from '@angarium/codec-amqp';
import {
  type AddressSpace,
  type ConsumerOptions,
  type ConsumerPort,
  compileSelector,
  type MessageFilter,
  Refusal,
  type Report,
  SelectorError,
  type Turn,
} from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import { IncomingLink } from '../incoming-link.ts';
import { refusalError } from '../outcome-table.ts';
import { PAUSED_BY_HAND } from '../outgoing-link.ts';
import { Attempts } from './back-off.ts';
import { type BackOff, CONNECTOR_DEFAULTS, PAUSE_TIMEOUT_MS } from './connector-spec.ts';
import { ForwardedProducer } from './forwarded-producer.ts';
import { attachToReceive, attachToSend, linkNameOf, sendingTerms } from './forwarder-attach.ts';
import type { ForwarderSpec } from './forwarder-spec.ts';
import { ForwarderTally } from './forwarder-tally.ts';
import { ForwardingLink } from './forwarding-link.ts';
import type { InitiatedConnection } from './initiated-connection.ts';
import { type LinkOwner, type LinkSession, OUR_HANDLE } from './link-session.ts';
import { type LinkPhase, PhaseRecord, type PhaseStatus } from './phase-record.ts';

export interface ForwarderStatus extends PhaseStatus {
  /** Messages that were handed over, each time that they were. */
  readonly messages: number;
  /** What came of those that an outcome was awaited of. */
  readonly outcomes: { readonly accepted: number; readonly rejected: number; readonly released: number; readonly modified: number };
  /** Attempts in a row that failed. */
  readonly attempts: number;
  /** Why the last message was rejected that was. */
  readonly lastRejection?: string;
}

export interface ForwarderParts {
  readonly turn: Turn;
  readonly report: Report;
}

/** A remote that answers an attach later than this is asked again, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * A link over a connector between one address of ours and one of the remote: a consumer of ours that sends, or a producer of ours to whom the
 * remote sends. Credit and outcomes are those of the other end, and nothing is settled before it is there.
 */
export class Forwarder implements LinkOwner {
  readonly name: string;
  readonly space: AddressSpace;
  /** Without whether it is paused, which comes and goes. */
  readonly spec: ForwarderSpec;
  readonly #turn: Turn;
  readonly #phase: PhaseRecord;
  readonly #tally = new ForwarderTally();
  readonly #filter: MessageFilter | undefined;
  #attempts: Attempts | undefined;
  /** The connector's. */
  #backOff: BackOff = CONNECTOR_DEFAULTS.backoff;
  #connection: InitiatedConnection | undefined;
  #session: LinkSession | undefined;
  #link: ForwardingLink | undefined;
  #incoming: IncomingLink | undefined;
  /** `in`: the producer of our address. */
  #producer: ForwardedProducer | undefined;
  /** When the link is tried again; 0: it is there, or on its way. */
  #retryAtMs = 0;
  /** When the remote was asked for it; 0: it has answered. */
  #askedAtMs = 0;
  #paused: boolean;
  /** Paused, with something under way: when it is not waited for any more. */
  #leaveAtMs = 0;

  constructor(name: string, space: AddressSpace, { paused = false, ...spec }: ForwarderSpec, { turn, report }: ForwarderParts) {
    this.name = name;
    this.space = space;
    this.spec = spec;
    this.#paused = paused;
    this.#turn = turn;
    const { connector, address, remoteAddress, direction } = spec;
    const details = { forwarder: name, addressSpace: space.name, connector, address, remoteAddress, direction };
    this.#phase = new PhaseRecord(turn, report, 'forwarder', details);
    const filter = spec.selector === undefined ? undefined : compileSelector(spec.selector);
    this.#filter = filter instanceof SelectorError ? undefined : filter;
    // What comes from now on is kept, also while the remote is not there.
    this.#leaveSubscription(Number.POSITIVE_INFINITY);
  }

  /** Its link, while there is one. */
  listed(): Iterable<ListedLink> {
    return (this.#link ?? this.#incoming)?.listed() ?? [];
  }

  get phase(): LinkPhase {
    return this.#phase.phase;
  }

  status(): ForwarderStatus {
    const { messages, outcomes, lastRejection } = this.#tally;
    return {
      ...this.#phase.status(),
      messages,
      outcomes: { ...outcomes },
      attempts: this.#attempts?.failures ?? 0,
      ...(lastRejection !== undefined && { lastRejection }),
    };
  }

  // ---- the connector

  /** The connection is open. */
  connected(connection: InitiatedConnection, backOff: BackOff): void {
    if (this.#paused) return this.#waits('Paused', undefined);
    this.#connection = connection;
    this.#backOff = backOff;
    this.#attempts = new Attempts(backOff);
    if (this.#session) this.#goOn();
    else this.#attach();
  }

  /** The connection is gone, and its links went before. */
  disconnected(why: string | undefined): void {
    this.#detached();
    this.#waits('Connecting', why);
  }

  /** The connection ends, or has ended, since somebody has paused the connector. */
  connectorPaused(): void {
    this.#rest();
    this.#waits('Paused', undefined);
  }

  /** There is no such connector. */
  orphaned(): void {
    this.#detached();
    this.#waits('Failed', `there is no connector ${this.spec.connector} in the address space ${this.space.name}: make it, or name another`);
  }

  /** One that is paused says so, whatever else would keep it from working. */
  #waits(phase: LinkPhase, why: string | undefined): void {
    if (this.#paused) this.#phase.paused(`it is paused: angarium forwarder resume ${this.name}`);
    else if (phase === 'Paused')
      this.#phase.paused(`its connector ${this.spec.connector} is paused: angarium connector resume ${this.spec.connector}`);
    else this.#phase.is(phase, why);
  }

  #detached(): void {
    this.#connection = undefined;
    this.#retryAtMs = 0;
    this.#askedAtMs = 0;
  }

  tick(nowMs: number): void {
    this.#link?.tick(nowMs);
    if (this.#askedAtMs > 0 && nowMs - this.#askedAtMs > ANSWER_TIMEOUT_MS) this.#unanswered();
    if (this.#retryAtMs > 0 && nowMs >= this.#retryAtMs) this.#attach();
    if (this.#paused) this.#leaveWhenSettled();
  }

  // ---- pauses

  get paused(): boolean {
    return this.#paused;
  }

  /** Nothing more is forwarded. The link ends when what is under way is settled, or soon after, and all that is kept for it stays. */
  pause(): void {
    this.#paused = true;
    this.#rest();
    this.#leaveAtMs = this.#turn.nowMs + PAUSE_TIMEOUT_MS;
    this.#waits('Paused', undefined);
    this.#leaveWhenSettled();
  }

  /** The connector says next how things are. */
  resume(): void {
    this.#paused = false;
  }

  /** Messages that wait for an outcome. */
  get unsettled(): number {
    return this.#link?.unsettled ?? this.#producer?.unsettled ?? 0;
  }

  /** Takes no further messages; a link that is not there yet comes no more. */
  #rest(): void {
    const connection = this.#connection;
    this.#detached();
    this.#link?.pause(PAUSED_BY_HAND);
    this.#producer?.rest(true);
    if (this.#link || this.#incoming) return;
    if (this.#session) this.#session.leave();
    else connection?.abandon(this);
    this.#releaseProducer();
  }

  /** The link is still there. */
  #goOn(): void {
    this.#link?.unpause(PAUSED_BY_HAND);
    this.#producer?.rest(false);
    this.#phase.is('Active', undefined);
  }

  #leaveWhenSettled(): void {
    if (this.unsettled === 0 || this.#turn.nowMs >= this.#leaveAtMs) this.#session?.leave();
  }

  /** It ends. `remove`: so does what was kept for it, here and at the remote. */
  leave(remove: boolean): void {
    this.#phase.is('Terminating', undefined);
    const connection = this.#connection;
    this.#detached();
    if (remove && this.#link) this.#link.keepMs = 0;
    else if (remove) this.#leaveSubscription(0);
    if (this.#session) this.#session.leave(remove);
    else connection?.abandon(this);
    this.#releaseProducer();
  }

  /** What is kept for one of this specification is what is kept for this one. */
  keepsAs({ connector, direction, address, remoteAddress, subscription }: ForwarderSpec): boolean {
    const ours = this.spec;
    return (
      direction === ours.direction &&
      address === ours.address &&
      subscription === ours.subscription &&
      (direction === 'out' || (connector === ours.connector && remoteAddress === ours.remoteAddress))
    );
  }

  // ---- the link

  #attach(): void {
    this.#retryAtMs = 0;
    const refusal = this.spec.direction === 'in' ? this.#attachProducer() : undefined;
    if (refusal) return this.#failed(refusal.description);
    this.#askedAtMs = this.#turn.nowMs;
    if (!this.#connection!.attach(this.#asked(), this))
      this.#failed('the remote has no more sessions for this connection: spread the forwarders over several connectors');
  }

  #asked(): Attach {
    const { spec, space } = this;
    const linkName = linkNameOf(spec, `${space.name}/${this.name}`);
    return spec.direction === 'out'
      ? attachToSend(spec, linkName)
      : attachToReceive(spec, linkName, this.#filter, this.#producer!.messageSizeBytesMax);
  }

  begun(session: LinkSession): void {
    this.#session = session;
  }

  answered(session: LinkSession, answer: Attach): AmqpError | undefined {
    const error = this.spec.direction === 'out' ? this.#startOut(session, answer) : this.#startIn(session, answer);
    if (error) return error;
    this.#askedAtMs = 0;
    this.#attempts!.started(this.#turn.nowMs);
    this.#phase.is('Active', undefined);
    return undefined;
  }

  ended(why: string | undefined): void {
    this.#askedAtMs = 0;
    this.#session = undefined;
    this.#link = undefined;
    this.#incoming = undefined;
    this.#releaseProducer();
    // Without a reason the connection is gone, which says so itself.
    if (this.#connection && why !== undefined) this.#failed(why);
  }

  #failed(why: string): void {
    this.#releaseProducer();
    this.#askedAtMs = 0;
    this.#retryAtMs = this.#attempts!.failed(this.#turn.nowMs);
    this.#phase.is('Failed', why);
  }

  #unanswered(): void {
    this.#askedAtMs = 0;
    const why = `the remote does not answer for ${ANSWER_TIMEOUT_MS} ms: is ${this.spec.remoteAddress} there?`;
    if (this.#session) return this.#session.fail('amqp:resource-limit-exceeded', why);
    this.#connection!.abandon(this);
    this.#failed(why);
  }

  // ---- out: we consume, and send

  #startOut(session: LinkSession, answer: Attach): AmqpError | undefined {
    const { address } = this.spec;
    const stored = this.space.find(address)?.brokered ?? true;
    const link = new ForwardingLink(session, sendingTerms(answer), {
      tally: this.#tally,
      stored,
      backOff: this.#backOff,
      turn: this.#turn,
    });
    const options = this.#consumerOptions();
    if (options.subscription) link.keepMs = Number.POSITIVE_INFINITY;
    const consumer = this.space.attachConsumer(address, undefined, link, options);
    if (consumer instanceof Refusal) return refusalError(consumer);
    link.start(consumer);
    link.address = address;
    link.selector = this.#filter?.text;
    session.joined(link);
    session.pauseNew(link);
    this.#link = link;
    return undefined;
  }

  #consumerOptions(): ConsumerOptions {
    const name = this.#subscriptionName;
    return {
      ...(this.#filter && { filter: this.#filter }),
      ...(name !== undefined && { subscription: { name, durable: true, shared: true } }),
    };
  }

  /** `out`: of a topic or stream, where each has messages, or a place, of its own. */
  get #subscriptionName(): string | undefined {
    const { direction, address, subscription } = this.spec;
    const type = this.space.typeOf(address);
    if (direction !== 'out' || (type !== 'topic' && type !== 'stream')) return undefined;
    return subscription ?? `forwarder:${this.name}`;
  }

  /** Comes, which makes the subscription, and goes, which ends it after `keepMs`. */
  #leaveSubscription(keepMs: number): void {
    if (this.#subscriptionName === undefined) return;
    const consumer = this.space.attachConsumer(this.spec.address, undefined, NO_CONSUMER, this.#consumerOptions());
    if (!(consumer instanceof Refusal)) consumer.detach(keepMs);
  }

  // ---- in: the remote sends, and we produce

  #attachProducer(): Refusal | undefined {
    const { address, creditWindow = Number.POSITIVE_INFINITY } = this.spec;
    const port = new ForwardedProducer(creditWindow, this.#tally, refusal => this.#addressEnded(port, refusal));
    const producer = this.space.attachProducer(address, undefined, port);
    if (producer instanceof Refusal) return producer;
    port.start(producer);
    this.#producer = port;
    return undefined;
  }

  #addressEnded(port: ForwardedProducer, refusal: Refusal): void {
    if (this.#producer !== port) return;
    this.#producer = undefined;
    const { condition, description } = refusalError(refusal);
    if (this.#session) this.#session.fail(condition, description ?? condition);
    else {
      this.#connection?.abandon(this);
      this.#failed(refusal.description);
    }
  }

  #releaseProducer(): void {
    this.#producer?.detach();
    this.#producer = undefined;
  }

  #startIn(session: LinkSession, answer: Attach): AmqpError | undefined {
    if (answer.initialDeliveryCount === undefined)
      return { condition: 'amqp:invalid-field', description: 'The remote’s attach has no initial-delivery-count.' };
    if (this.#filter && !answer.source?.filter?.get('selector'))
      return { condition: 'amqp:not-implemented', description: 'the remote does not select messages: leave the selector out' };
    const link = new IncomingLink(session, answer, OUR_HANDLE);
    session.joined(link);
    link.start(this.#producer!);
    link.address = this.spec.address;
    this.#incoming = link;
    this.#producer!.serve(link);
    return undefined;
  }
}

/** Comes to make or end a subscription, and takes nothing. */
const NO_CONSUMER: ConsumerPort = {
  unsettled: 0,
  deliver(_message, source, token) {
    source.settle(token, { kind: 'released' });
    return undefined;
  },
  drained() {},
  end() {},
};
