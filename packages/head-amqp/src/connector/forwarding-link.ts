import type { Attach } from '@angarium/codec-amqp';
import { type DeliverySource, type Message, type MessageStream, type Outcome, RELEASED, Refusal } from '@angarium/core';
import type { LinkEnd } from '../link.ts';
import { OutgoingLink } from '../outgoing-link.ts';
import { forgetDeliveries } from './forwarded-message.ts';
import type { ForwarderTally } from './forwarder-tally.ts';
import { type LinkSession, OUR_HANDLE } from './link-session.ts';

/** The bytes that a fresh header may have more than the one that a message came with. */
const HEADER_BYTES_MAX = 32;

/** A consumer of an address of ours that hands its messages to a remote one, whose outcomes are its own. */
export class ForwardingLink extends OutgoingLink {
  readonly #tally: ForwarderTally;
  /** Ours keeps what comes back, so that nobody has to hear that it is in doubt. */
  readonly #stored: boolean;
  readonly #remoteSizeBytesMax: number;

  /** `answer` is the remote's attach, with the terms that count of ours. */
  constructor(session: LinkSession, answer: Attach, tally: ForwarderTally, stored: boolean) {
    super(session, answer, OUR_HANDLE);
    this.#tally = tally;
    this.#stored = stored;
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
    return said;
  }

  /** That a remote server went away is no failed attempt of a message: it would be a dead letter after a few restarts. */
  override release(end: LinkEnd): void {
    super.release(this.#stored ? { ...end, outcome: RELEASED } : end);
  }
}
