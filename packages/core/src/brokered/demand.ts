import type { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { StoringAddress } from './brokered-producer.ts';

/** Messages and bytes that are to be stored. */
export interface Weight {
  readonly messages: number;
  readonly bytes: number;
}

export const WEIGHTLESS: Weight = Object.freeze({ messages: 0, bytes: 0 });

/** Why the address has no room for the message, where it, and its space, are to take these besides. */
export function refuseForRoom(
  address: StoringAddress,
  message: Message,
  besides: Weight = WEIGHTLESS,
  ofSpace: Weight = WEIGHTLESS,
): Refusal | undefined {
  return address.refuse(message, besides, ofSpace) ?? (address.line?.keeps(message, besides) ? address.refuseAsFull() : undefined);
}

/** What is to be stored together, at whichever addresses. */
export class Demand {
  /** By address, and by the limits of the address space. */
  readonly #weights = new Map<object, Weight>();

  /** Adds the message; or says why its address, or its space, has no room for it besides what was added before. */
  add(address: StoringAddress, message: Message): Refusal | undefined {
    const { limited, limits } = address;
    if (!limited && !limits.account.limited) return undefined;
    const refusal = refuseForRoom(address, message, this.#weights.get(address), this.#weights.get(limits));
    if (refusal) return refusal;
    this.#add(address, 1, address.bytesOf(message));
    const { messages, bytes } = address.weigh(message);
    this.#add(limits, messages, bytes);
    return undefined;
  }

  #add(to: object, messages: number, bytes: number): void {
    const before = this.#weights.get(to) ?? WEIGHTLESS;
    this.#weights.set(to, { messages: before.messages + messages, bytes: before.bytes + bytes });
  }
}
