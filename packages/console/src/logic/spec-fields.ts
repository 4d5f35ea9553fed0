import { ADDRESS_TYPES, type AddressType } from './address-types.ts';

const STORED = ['queue', 'topic'] as const;
const BROKERED = ['queue', 'topic', 'stream'] as const;

/** Which types of address take which field of a specification; what each means is the server's to say (`GET …/schemas`). */
export const SPEC_FIELDS: Readonly<Record<string, readonly AddressType[]>> = {
  plan: ADDRESS_TYPES,
  messagesMax: STORED,
  bytesMax: STORED,
  messageSizeBytesMax: ADDRESS_TYPES,
  overflow: STORED,
  consumersMax: STORED,
  ttlDefaultMs: BROKERED,
  ttlMaxMs: BROKERED,
  redelivery: STORED,
  deadLetter: STORED,
  expiry: STORED,
  breaker: STORED,
  consumers: STORED,
  lastValueKey: ['queue'],
  nonDestructive: ['queue'],
  fairKey: ['queue'],
  duplicates: BROKERED,
  bindings: ['queue', 'stream'],
  diverts: BROKERED,
  aliases: ADDRESS_TYPES,
  retention: ['stream'],
};

/** Fields that an address of this type does not take, and the type itself, which nobody changes. */
export function fieldsNotOf(type: AddressType): readonly string[] {
  return ['type', ...Object.keys(SPEC_FIELDS).filter(field => !SPEC_FIELDS[field]!.includes(type))];
}
