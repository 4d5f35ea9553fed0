import { Refusal } from '../delivery/refusal.ts';
import { compileSelector } from '../selector/compile-selector.ts';
import { SelectorError } from '../selector/selector-error.ts';
import { ADDRESS_TYPES, type AddressSpec, type AddressType } from './address.ts';
import { refuseAddressName, refuseBinding } from './address-name.ts';

const STORED = ['queue', 'topic'] as const satisfies readonly AddressType[];
const QUEUE = ['queue'] as const satisfies readonly AddressType[];
const STREAM = ['stream'] as const satisfies readonly AddressType[];
const BROKERED = ['queue', 'topic', 'stream'] as const satisfies readonly AddressType[];
const ALL = Object.keys(ADDRESS_TYPES) as readonly AddressType[];

/** Which types of address take which field. A field that a type does not take is refused, and is not inherited from a plan. */
export const SPEC_FIELDS: Readonly<Record<Exclude<keyof AddressSpec, 'type'>, readonly AddressType[]>> = {
  plan: ALL,
  messagesMax: STORED,
  bytesMax: STORED,
  messageSizeBytesMax: ALL,
  overflow: STORED,
  consumersMax: STORED,
  ttlDefaultMs: BROKERED,
  ttlMaxMs: BROKERED,
  redelivery: STORED,
  deadLetter: STORED,
  expiry: STORED,
  breaker: STORED,
  consumers: STORED,
  lastValueKey: QUEUE,
  nonDestructive: QUEUE,
  fairKey: QUEUE,
  duplicates: BROKERED,
  bindings: ['queue', 'stream'],
  diverts: BROKERED,
  aliases: ALL,
  retention: STREAM,
};

/** What a plan cannot say for the addresses that use it. */
export const SPEC_FIELDS_OF_ADDRESS_ALONE = ['type', 'plan', 'aliases'] as const satisfies readonly (keyof AddressSpec)[];

/** Names, patterns and diverts of one address, at the most. */
export const ALIASES_MAX = 100;
export const BINDINGS_MAX = 1000;
export const DIVERTS_MAX = 100;

type SpecField = keyof typeof SPEC_FIELDS;
type Check = (spec: AddressSpec, name: string) => string | undefined;

/** Combinations that make no sense, each with what to do. */
const COMBINATIONS: readonly Check[] = [
  ({ overflow, messagesMax, bytesMax }) =>
    overflow !== undefined && messagesMax === undefined && bytesMax === undefined
      ? 'overflow says what a full address does, but this one is never full: set messagesMax or bytesMax'
      : undefined,
  ({ ttlDefaultMs, ttlMaxMs }) =>
    ttlDefaultMs !== undefined && ttlMaxMs !== undefined && ttlDefaultMs > ttlMaxMs
      ? 'ttlDefaultMs is longer than ttlMaxMs: raise the one or lower the other'
      : undefined,
  ({ redelivery }) =>
    redelivery?.delayMaxMs !== undefined && redelivery.delayMaxMs < (redelivery.delayMs ?? 0)
      ? 'redelivery.delayMaxMs is shorter than redelivery.delayMs: raise the one or lower the other'
      : undefined,
  ({ redelivery }) =>
    redelivery?.delayMs === undefined && (redelivery?.multiplier !== undefined || redelivery?.jitter !== undefined)
      ? 'redelivery.multiplier and redelivery.jitter change a delay, but there is none: set redelivery.delayMs'
      : undefined,
  ({ deadLetter }, name) => (deadLetter === name ? 'deadLetter is the address itself: name another one' : undefined),
  ({ expiry }, name) => (expiry === name ? 'expiry is the address itself: name another one' : undefined),
  ({ nonDestructive, redelivery, deadLetter, breaker, consumers, fairKey }) => {
    const idle = Object.entries({ redelivery, deadLetter, breaker, consumers, fairKey }).filter(([, value]) => value !== undefined);
    return nonDestructive && idle.length > 0
      ? `nonDestructive leaves every message to every consumer, so that ${idle[0]![0]} would never do anything: leave out one of the two`
      : undefined;
  },
  ({ consumers, fairKey }) =>
    consumers === 'single-active' && fairKey !== undefined
      ? 'fairKey shares messages among consumers, but with consumers: single-active there is one at a time: leave out one of the two'
      : undefined,
  ({ fairKey, lastValueKey }) =>
    fairKey !== undefined && lastValueKey !== undefined && fairKey !== lastValueKey
      ? 'fairKey and lastValueKey name different properties, and a message has one key: name the same, or leave out one of the two'
      : undefined,
  ({ consumers, consumersMax }) =>
    consumers === 'single-active' && consumersMax === 1
      ? 'consumersMax: 1 leaves nobody to take over from a single active consumer: raise it, or leave out one of the two'
      : undefined,
  ({ deadLetter }) => namedWrongly('deadLetter', deadLetter),
  ({ expiry }) => namedWrongly('expiry', expiry),
  ({ aliases = [] }, name) => {
    if (aliases.length > ALIASES_MAX) return `aliases has more than ${ALIASES_MAX} names`;
    if (aliases.includes(name)) return `aliases has the address’s own name, ${name}: leave it out`;
    const twice = firstTwice(aliases);
    if (twice !== undefined) return `aliases names ${twice} twice: leave one out`;
    return aliases.map(alias => namedWrongly('aliases', alias)).find(words => words !== undefined);
  },
  ({ bindings = [] }) => {
    if (bindings.length > BINDINGS_MAX) return `bindings has more than ${BINDINGS_MAX} patterns`;
    const twice = firstTwice(bindings);
    if (twice !== undefined) return `bindings names ${twice} twice: leave one out`;
    for (const pattern of bindings) {
      const refusal = refuseBinding(pattern);
      if (refusal) return `bindings: ${refusal.description}`;
    }
    return undefined;
  },
  ({ diverts = [] }) => {
    if (diverts.length > DIVERTS_MAX) return `diverts has more than ${DIVERTS_MAX} entries`;
    for (const { to, selector } of diverts) {
      const wrong = namedWrongly('diverts', to);
      if (wrong !== undefined) return wrong;
      const filter = selector === undefined ? undefined : compileSelector(selector);
      if (filter instanceof SelectorError) return `diverts: the selector for ${to} is none: ${filter.message}`;
    }
    return undefined;
  },
];

/** Why an address of this name cannot be like this: a field that its type does not take, or fields that do not go together. */
export function refuseAddressSpec(name: string, spec: AddressSpec): Refusal | undefined {
  const words = fieldsWrong(spec) ?? firstWords(spec, name);
  return words === undefined ? undefined : new Refusal('address-spec-invalid', `The address ${name} cannot be like this: ${words}.`);
}

function fieldsWrong(spec: AddressSpec): string | undefined {
  for (const field of Object.keys(spec) as (keyof AddressSpec)[]) {
    if (field === 'type' || spec[field] === undefined) continue;
    const types = SPEC_FIELDS[field];
    if (types === undefined) return `there is no field ${field}`;
    if (types.includes(spec.type)) continue;
    const taken = types.length === 0 ? 'no type of address takes it yet' : `it is for a ${types.join(' or a ')}`;
    return `${field} means nothing to ${spec.type === 'anycast' ? 'an' : 'a'} ${spec.type}, ${taken}: leave it out`;
  }
  return undefined;
}

function firstWords(spec: AddressSpec, name: string): string | undefined {
  for (const check of COMBINATIONS) {
    const words = check(spec, name);
    if (words !== undefined) return words;
  }
  return undefined;
}

function namedWrongly(field: SpecField, name: string | undefined): string | undefined {
  const refusal = name === undefined ? undefined : refuseAddressName(name);
  return refusal && `${field}: ${refusal.description.replace(/\.$/, '')}`;
}

function firstTwice(texts: readonly string[]): string | undefined {
  return texts.find((text, at) => texts.indexOf(text) < at);
}

/** Whether two specifications say the same: the order of fields does not count, and what is undefined is absent. */
export function sameSpec(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, at) => sameSpec(item, other[at]));
  }
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(key => sameSpec(a[key], b[key]));
}
