import type { Attach } from '@angarium/codec-amqp';
import { type DeliverySource, type Message, type MessageStream, type Outcome, RELEASED, Refusal, type Turn } from '@angarium/core';
import type { LinkEnd } from '../link.ts';
import { OutgoingLink, PAUSED_RELEASED } from '../outgoing-link.ts';
import { Attempts } from './back-off.ts';
import type { BackOff } from './connector-spec.ts';
import { forgetDeliveries } from './forwarded-message.ts';
import type { ForwarderTally } from './forwarder-tally.ts';
import { type LinkSession, OUR_HANDLE } from './link-session.ts';

/** The bytes that a fresh header may have more than the one that a message came with. */
const HEADER_BYTES_MAX = 32;

/** Messages that the remote gives back one after the other before it gets a pause. */
const RELEASED_MAX = 100;

export interface ForwardingLinkParts {
  readonly tally: ForwarderTally;
  /** The address keeps its messages. */
  readonly stored: boolean;
  readonly backOff: BackOff;
  readonly turn: Turn;
}

/** A consumer of an address of ours that hands its messages to a remote one, whose outcomes are its own. */
export class ForwardingLink extends OutgoingLink {
  readonly #tally: ForwarderTally;
  /** Ours keeps what comes back, so that nobody has to hear that it is in doubt. */
  readonly #stored: boolean;
  readonly #remoteSizeBytesMax: number;
  readonly #patience: Attempts;
  readonly #turn: Turn;
  /** Messages that the remote gave back, one after the other. */
  #released = 0;
  /** When it gets messages again; 0: it gets them. */
  #resumeAtMs = 0;

  /** `answer` is the remote's attach, with the terms that count of ours. */
  constructor(session: LinkSession, answer: Attach, { tally, stored, backOff, turn }: ForwardingLinkParts) {
    super(session, answer, OUR_HANDLE);
    this.#tally = tally;
    this.#stored = stored;
    this.#turn = turn;
    this.#patience = new Attempts(backOff);
    this.#remoteSizeBytesMax = Number(answer.maxMessageSize ?? 0n) || Number.POSITIVE_INFINITY;
  }

  override deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    const { headerSize, deliveryCount, bytes, start, end, more } = message;
    if (!more && end - start + HEADER_BYTES_MAX > this.#remoteSizeBytesMax) {
      // It would be refused for ever, with all that wait behind it.
      const description = `The remote takes messages of ${this.#remoteSizeBytesMax} bytes, and this one has ${end - start}.`;
      return this.refuse(source, token, new Refusal('message-too-large', description));
    }
    this.#tally.messages++;
    forgetDeliveries(message);
    const stream = super.deliver(message, source, token);
    // Others are handed the same message.
    if (message.bytes === bytes) Object.assign(message, { headerSize, deliveryCount });
    return stream;
  }

  override outcomeWhenSettled(outcome: Outcome | undefined): Outcome {
    const said = super.outcomeWhenSettled(outcome);
    this.#tally.count(said);
    if (said.kind === 'released') this.#givenBack();
    else if (this.#released > 0) {
      this.#released = 0;
      this.#patience.reset();
    }
    return said;
  }

  /** A remote that has no place for a message gives it back at once, and so it would go to and fro as fast as the network can. */
  #givenBack(): void {
    this.#released++;
    if (this.#released % RELEASED_MAX !== 0 || this.#resumeAtMs > 0) return;
    const { nowMs } = this.#turn;
    this.#resumeAtMs = this.#patience.failed(nowMs);
    this.pause(PAUSED_RELEASED);
    this.#tally.lastRejection = `the remote gave back ${this.#released} messages one after the other: has it a place for them?`;
    this.session.report('warn', 'forwarder pauses: the remote gives back whatever it gets', {
      link: this.name,
      released: this.#released,
      forMs: this.#resumeAtMs - nowMs,
    });
  }

  tick(nowMs: number): void {
    if (this.#resumeAtMs === 0 || nowMs < this.#resumeAtMs) return;
    this.#resumeAtMs = 0;
    this.unpause(PAUSED_RELEASED);
  }

  /** That a remote server went away is no failed attempt of a message: it would be a dead letter after a few restarts. */
  override release(end: LinkEnd): void {
    super.release(this.#stored ? { ...end, outcome: RELEASED } : end);
  }
}
