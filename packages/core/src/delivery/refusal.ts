/**
 * Every way in which Angarium says no, by a stable code. Each head maps each code to its protocol's own error; a head that
 * misses one does not compile. The reference page of the codes is generated from this table.
 */
export const REFUSALS = {
  'address-not-found': 'The address does not exist and may not be created by attaching.',
  'address-exists': 'An address of this name exists already with another type or specification.',
  'address-name-invalid': 'The name is empty, too long, or has characters that an address may not have.',
  'address-spec-invalid': 'The specification has a field that this type of address does not take, or fields that do not go together.',
  'address-type-mismatch': 'The address exists, but is not of the type that was asked for.',
  'address-in-use': 'The address has consumers or producers, or holds messages, and may not be deleted without force.',
  'address-deleted': 'The address was deleted while this link or message was under way.',
  'addresses-exhausted': 'The address space has as many addresses as it may have.',
  'plan-not-found': 'There is no address plan of this name.',
  'plan-in-use': 'Addresses use the plan: it may not be deleted.',
  'space-not-found': 'There is no address space of this name.',
  'subscription-not-found': 'There is no subscription of this name.',
  'subscription-taken-over': 'The subscription is not shared, and another consumer of the same identity has taken it over.',
  'subscription-mismatch': 'The subscription exists, but is shared where it was asked for unshared, or the other way round.',
  'capability-unsupported': 'The address cannot do what was asked of it.',
  'message-too-large': 'The message is larger than the address, the link or the log takes.',
  'message-malformed': 'The message is not well formed.',
  'message-not-found': 'There is no message of this number at the address: it was consumed, removed, or never there.',
  'message-in-use': 'The message is with a consumer, whose outcome is awaited: it may not be removed.',
  'message-target-missing': 'The message names no address to go to.',
  'queue-full': 'The queue, or its address space, holds as many messages or bytes as it may hold.',
  'consumers-exhausted': 'The address has as many consumers as it may have.',
  'log-unavailable': 'The durable log takes no messages: the disk is full, failing, or far behind.',
  'connections-exhausted': 'The address space or user has as many connections as it may have, or makes too many in a second.',
  'sessions-exhausted': 'The address space or user has as many sessions as it may have.',
  'links-exhausted': 'The connection, session or address space has as many links as it may have.',
  'transactions-exhausted': 'The connection or address space has as many open transactions as it may have.',
  'transaction-too-large': 'The transaction, or all of them together, hold as many messages or bytes as they may.',
  'transaction-expired': 'The transaction was left alone for too long, and was rolled back.',
  unauthorized: 'This user may not do this.',
  'server-stopping': 'The server is stopping; connect to another node or try again.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** A no, with the words for the one who has to do something about it. */
export class Refusal {
  readonly code: RefusalCode;
  /** Names the address and the limit, and says what to do. */
  readonly description: string;

  constructor(code: RefusalCode, description: string) {
    this.code = code;
    this.description = description;
  }
}
