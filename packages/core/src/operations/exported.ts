import type { Encoding } from '../message/message.ts';

/** A stored message as it goes from one server to another: its bytes as they are, and what the log keeps beside them. */
export interface ExportedMessage {
  readonly kind: 'message';
  /** Where it is stored; '' for a retained message, which its topic alone tells. */
  readonly address: string;
  /** Of a topic: the subscription that has it. */
  readonly subscription?: string | undefined;
  /** It is the last one of its topic. */
  readonly retained: boolean;
  readonly encoding: Encoding;
  /** In that encoding, without AMQP's header section. */
  readonly bytes: Uint8Array;
  readonly format: number;
  readonly durable: boolean;
  readonly priority: number;
  /** Deliveries that failed. */
  readonly attempts: number;
  readonly grouped: boolean;
  /** The name that it was published to, where that is not the address's own; else ''. */
  readonly topic: string;
  /** Milliseconds since the epoch; of the last two 0: now, and never. */
  readonly storedAtMs: number;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
}

/** A durable subscription of a topic; it comes before its messages. */
export interface ExportedSubscription {
  readonly kind: 'subscription';
  readonly address: string;
  readonly name: string;
  readonly shared: boolean;
  readonly pattern?: string | undefined;
  /** The text of its filter. */
  readonly selector?: string | undefined;
}

/** A durable reader of a stream; it comes after the stream's messages. */
export interface ExportedReader {
  readonly kind: 'reader';
  readonly address: string;
  readonly name: string;
  readonly shared: boolean;
  /** Messages, from the end of the stream backwards, that it is not done with. */
  readonly lag: number;
}

export type Exported = ExportedMessage | ExportedSubscription | ExportedReader;
