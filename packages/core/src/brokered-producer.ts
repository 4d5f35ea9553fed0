import type { AddressCounters } from './address.ts';
import type { CreditHolder, CreditShare } from './credit-share.ts';
import type { Confirmation, Producer, ProducerPort } from './delivery.ts';
import type { LogPosition } from './log.ts';
import type { Message } from './message.ts';
import { ACCEPTED, rejected } from './outcome.ts';
import { Refusal } from './refusal.ts';
import type { Shard } from './shard.ts';

/** A brokered address as its producers see it. */
export interface StoringAddress {
  readonly name: string;
  readonly counters: AddressCounters;
  readonly credit: CreditShare;
  readonly shard: Shard;
  readonly messageSizeBytesMax: number;
  /** Stores the message; answers its place when it has to be on disk before the producer hears `accepted`, and -1 otherwise. */
  store(message: Message, expiresAtMs: number): LogPosition;
  /** Why it does not take a message now. */
  refuse(): Refusal | undefined;
  /** Until when a message with this time to live is kept, in milliseconds since the epoch; 0: for ever. */
  expiresAtMs(ttlMs: number): number;
  /** A message was stored. */
  fuller(): void;
  forget(): void;
}

/** A producer of a queue or topic: `accepted` means that the server has the message, a durable one on disk. */
export class BrokeredProducer implements Producer, CreditHolder, Confirmation {
  readonly brokered = true;
  readonly port: ProducerPort;
  readonly #address: StoringAddress;
  held = 0;
  lowMark = 0;
  listed = false;
  #attached = true;

  constructor(address: StoringAddress, port: ProducerPort) {
    this.#address = address;
    this.port = port;
  }

  get messageSizeBytesMax(): number {
    return this.#address.messageSizeBytesMax;
  }

  send(message: Message, token: number): undefined {
    const address = this.#address;
    address.counters.in++;
    address.credit.used(this);
    const refusal = address.shard.full ? this.#logUnavailable() : address.refuse();
    if (refusal) {
      this.#refuse(message, token, refusal);
      return undefined;
    }
    const position = address.store(message, address.expiresAtMs(message.ttlMs));
    address.fuller();
    if (message.settled) return undefined;
    if (position >= 0) address.shard.whenDurable(this, token, position);
    else this.port.settle(token, ACCEPTED);
    return undefined;
  }

  #logUnavailable(): Refusal {
    const { name, shard } = this.#address;
    return new Refusal(
      'log-unavailable',
      `The log behind ${name} takes no messages (${shard.log.pressure}): free some disk space, or wait for credit and send again.`,
    );
  }

  #refuse(message: Message, token: number, refusal: Refusal): void {
    const { name, counters, shard } = this.#address;
    counters.dropped++;
    if (message.settled) shard.report({ level: 'error', what: `settled message dropped: ${refusal.description}`, address: name });
    else this.port.settle(token, rejected(refusal));
  }

  confirmed(token: number): void {
    if (this.#attached) this.port.settle(token, ACCEPTED);
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#address.credit.remove(this);
    this.#address.forget();
  }

  end(refusal: Refusal): void {
    this.#attached = false;
    this.port.end(refusal);
  }
}
