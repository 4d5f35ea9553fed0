import {
  ACCEPTED,
  type Message,
  type OwnedWill,
  type Producer,
  type ProducerPort,
  Refusal,
  rejected,
  type Visit,
  WILL_BYTES_MAX,
} from '@angarium/core';
import { ownedWill } from './connection-will.ts';
import type { IncomingLink } from './incoming-link.ts';
import { willOfMessage } from './will-message.ts';

/** The address to which a client sends its will. It is this head's own: the space knows nothing of it. */
export const WILL_ADDRESS = '$lwt';

/** Wills that may come one after the other before the first is on disk. */
const CREDIT = 10;

/** The link has a will of its own from its first message on, until it ends. */
export function startWillLink(link: IncomingLink): void {
  const will = ownedWill(link.session.connection);
  link.onClosed = ({ failed }) => will.end(failed);
  link.start(new WillProducer(will, link, link.session.visit));
}

/** A link to `$lwt` as its address: each message is the link's will in place of the one of before, and accepted when it is on disk. */
class WillProducer implements Producer {
  readonly brokered = true;
  readonly messageSizeBytesMax = WILL_BYTES_MAX;
  readonly #will: OwnedWill;
  readonly #port: ProducerPort;
  readonly #visit: Visit;

  constructor(will: OwnedWill, port: ProducerPort, visit: Visit) {
    this.#will = will;
    this.#visit = visit;
    this.#port = port;
    port.grant(CREDIT);
  }

  send(message: Message, token: number): undefined {
    const { settled } = message;
    const read = willOfMessage(message);
    const will = read instanceof Refusal ? read : this.#visit.will(read);
    const refusal = will instanceof Refusal ? will : this.#will.put(will);
    if (refusal) this.#port.settle(token, rejected(refusal));
    else if (!settled) this.#will.whenDurable(() => this.#port.settle(token, ACCEPTED));
    this.#port.grant(CREDIT);
    return undefined;
  }

  detach(): void {}
}
