import type { Metadata } from '../resource/metadata.ts';
import type { Details } from '../topic/inbox.ts';
import type { AddressSpec } from './address.ts';
import type { PlanSpec } from './address-plans.ts';

/** What is kept of an address over a restart. */
export interface AddressDefinition {
  readonly id: number;
  readonly kind: 'address';
  readonly space: string;
  readonly name: string;
  /** As it was declared; what its plan adds is found there. */
  readonly spec: AddressSpec;
  /** Absent in logs of before there was any. */
  readonly metadata?: Metadata;
  /** Nobody has said of which type it is to be. */
  readonly assumed?: true;
}

/** What is kept of an address plan. */
export interface PlanDefinition {
  readonly id: number;
  readonly kind: 'plan';
  readonly space: string;
  readonly name: string;
  readonly spec: PlanSpec;
  readonly metadata?: Metadata;
}

/** What is kept of a durable subscription. Its id is the id of its queue. */
export interface SubscriptionDefinition {
  readonly id: number;
  readonly kind: 'subscription';
  readonly space: string;
  readonly address: string;
  readonly name: string;
  readonly shared: boolean;
  /** Which of the address's topics; absent: all. */
  readonly pattern?: string;
  /** Which messages, as the text of a selector; absent: all. */
  readonly filter?: string;
}

/** What is kept of a durable reader of a stream. Its place is noted under its id. */
export interface ReaderDefinition {
  readonly id: number;
  readonly kind: 'reader';
  readonly space: string;
  readonly address: string;
  readonly name: string;
  readonly shared: boolean;
  /** The offset where it began. */
  readonly start: number;
}

/** What is kept of an inbox. Its id is the id of its queue. */
export interface InboxDefinition {
  readonly id: number;
  readonly kind: 'inbox';
  readonly space: string;
  readonly name: string;
  readonly prefersLive: boolean;
  readonly details: Details;
}

/** What is kept of one of its patterns. */
export interface PatternDefinition {
  readonly id: number;
  readonly kind: 'pattern';
  readonly space: string;
  readonly inbox: number;
  readonly pattern: string;
  readonly stored: boolean;
  readonly noLocal: boolean;
  readonly details: Details;
}

/** The queue of a space's retained messages. */
export interface RetainedDefinition {
  readonly id: number;
  readonly kind: 'retained';
  readonly space: string;
}

/** The queue of the message-ids that an address has seen of late. */
export interface DuplicatesDefinition {
  readonly id: number;
  readonly kind: 'duplicates';
  readonly space: string;
  readonly address: string;
}

/** What a head keeps by name, such as a will. */
export interface NoteDefinition {
  readonly id: number;
  readonly kind: 'note';
  readonly space: string;
  readonly name: string;
  readonly details: Details;
}

/** A declared document whose meaning the core does not know. */
export interface ResourceDefinition {
  readonly id: number;
  readonly kind: 'resource';
  /** Empty: of no address space. */
  readonly space: string;
  /** The document's own kind. */
  readonly resource: string;
  readonly name: string;
  readonly metadata: Metadata;
  readonly spec: Details;
}

export type Definition =
  | AddressDefinition
  | PlanDefinition
  | SubscriptionDefinition
  | ReaderDefinition
  | InboxDefinition
  | PatternDefinition
  | RetainedDefinition
  | DuplicatesDefinition
  | NoteDefinition
  | ResourceDefinition;

/** What is kept of what an address space is made of. */
export type SpaceDefinition = Exclude<Definition, ResourceDefinition>;
