import type { Annotations } from '../message/content.ts';
import type { Refusal } from './refusal.ts';

/**
 * What became of a delivery: the four outcomes of AMQP 1.0 (part 3, section 3.4), which every head maps to its own words.
 *
 * - accepted: the consumer, or the durable address, has it.
 * - rejected: it is invalid and shall not be tried again; the reason goes to the producer.
 * - released: it was not and will not be processed; it may go to anybody else, with its counts as they are.
 * - modified: like released, with changes: `deliveryFailed` counts as an attempt, `undeliverableHere` keeps it from this consumer.
 */
export type Outcome =
  | {
      readonly kind: 'accepted';
      /** Of a message that a queue keeps until its time: its number there, by which it can be cancelled. */
      readonly sequence?: number;
    }
  | {
      readonly kind: 'rejected';
      /** Why Angarium refused the message. */
      readonly refusal?: Refusal;
      /** Why the consumer did, in its own words. */
      readonly reason?: ConsumerReason;
    }
  | { readonly kind: 'released' }
  | {
      readonly kind: 'modified';
      readonly deliveryFailed: boolean;
      readonly undeliverableHere: boolean;
      /** Not before this many milliseconds have passed; absent: as the address has it. */
      readonly delayMs?: number;
      /** AMQP-encoded map of changed message annotations, as the consumer sent it. */
      readonly annotations?: Uint8Array;
      /** The same for a stored message, which has them from then on: those that are texts, numbers and times. */
      readonly changes?: Annotations;
    };

/** A consumer's words for why it rejected a message; the condition is its own, not one of our codes. */
export interface ConsumerReason {
  readonly condition: string;
  readonly description?: string;
}

export const ACCEPTED: Outcome = Object.freeze({ kind: 'accepted' });
export const RELEASED: Outcome = Object.freeze({ kind: 'released' });
export const REJECTED: Outcome = Object.freeze({ kind: 'rejected' });
/** The delivery may or may not have been processed: what a lost consumer's deliveries come back as. */
export const IN_DOUBT: Outcome = Object.freeze({ kind: 'modified', deliveryFailed: true, undeliverableHere: false });

export function rejected(refusal: Refusal): Outcome {
  return { kind: 'rejected', refusal };
}

/** The condition of a consumer that says why in words alone. */
const CONDITION_IN_WORDS = 'angarium:rejected';
/** Longest such words that go on to the producer, in UTF-16 units. */
const WORDS_CHARACTERS_MAX = 500;

/** Rejected by a consumer whose protocol has words for why, and no conditions. */
export function rejectedInWords(words: string): Outcome {
  return { kind: 'rejected', reason: { condition: CONDITION_IN_WORDS, description: words.slice(0, WORDS_CHARACTERS_MAX).toWellFormed() } };
}

/** A consumer's reason in one line, for whoever reads the log. */
export function describeReason(condition: string | undefined, description: string | undefined): string {
  if (condition === undefined) return 'no reason given';
  return description ? `${condition}: ${description}` : condition;
}
