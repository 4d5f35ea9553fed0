import type { AddressType } from '../logic/address-types.ts';
import type { ResourceDocument } from './documents.ts';

/** What an Address says (docs/reference/address.md); fields beyond those that are looked at here are there too. */
export interface AddressSpec {
  readonly type: AddressType;
  readonly plan?: string;
  readonly deadLetter?: string;
  readonly expiry?: string;
  readonly aliases?: readonly string[];
  readonly [field: string]: unknown;
}

export interface Depth {
  readonly ready: number;
  readonly unsettled: number;
  readonly scheduled: number;
  readonly redelivering: number;
  readonly bytes: number;
  readonly oldestSeconds?: number;
}

/** Why messages became dead letters. */
export interface DeadLetterCounts {
  readonly rejected: number;
  readonly attempts: number;
  readonly expired: number;
}

export interface StreamReader {
  readonly name: string;
  readonly offset: number;
  readonly lag: number;
  readonly consumers: number;
}

export interface AddressStatus {
  readonly phase: string;
  readonly type: string;
  readonly temporary: boolean;
  readonly assumed?: true;
  readonly producers: number;
  readonly consumers: number;
  readonly stored: number;
  readonly pausedUntilMs?: number;
  readonly firstOffset?: number;
  readonly nextOffset?: number;
  readonly readers?: readonly StreamReader[];
  readonly depth: Depth;
  readonly deadLettersSent?: DeadLetterCounts;
  readonly deadLettersReceived?: DeadLetterCounts;
  readonly counters: Readonly<Record<string, number>>;
  /** What holds: the specification, and what its plan says where it says nothing. */
  readonly inForce: AddressSpec;
}

export type AddressDocument = ResourceDocument<AddressSpec, AddressStatus>;
