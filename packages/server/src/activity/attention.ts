import type { AddressSpace, Principal } from '@angarium/core';

/** How bad it is: messages are not taken, or stand still; they may soon; good to know. */
export const SEVERITIES = ['danger', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What can be the matter with an address. */
export const ADDRESS_CODES = {
  blocked: 'its producers get no credit',
  paused: 'its deliveries are paused, since nearly all of them failed',
  stuck: 'a consumer does not settle what it has',
  'no-consumer': 'messages wait, and nobody consumes',
  'no-credit': 'messages wait, and no consumer gives credit',
  'dead-letters': 'messages have become dead letters in the last minute',
} as const;
export type AddressCode = keyof typeof ADDRESS_CODES;

/** Who is told of something. */
export type Audience =
  | { readonly of: 'address'; readonly name: string }
  | { readonly of: 'kind'; readonly kind: 'Connection' | 'Connector' | 'Forwarder' }
  /** Whoever sees all addresses of the space. */
  | { readonly of: 'space' }
  | { readonly of: 'server' };

/** Something that needs somebody's attention. */
export interface Attention {
  readonly severity: Severity;
  readonly address?: string;
  readonly connection?: string;
  readonly what: string;
  readonly do: string;
}

export interface AddressedAttention {
  readonly audience: Audience;
  readonly attention: Attention;
}

/** The most that are told at a time, the worst first. */
export const ATTENTION_MAX = 100;

/** Whether the principal, who may enter the space, sees all that is in it, so that nothing has to be asked for one by one. */
export function seesAll(principal: Principal): boolean {
  return mayHear(principal, { of: 'space' }) && (principal.administersServer || principal.rights.refuseKind('view', '*') === undefined);
}

export function mayHear({ administersServer, rights }: Principal, audience: Audience): boolean {
  if (administersServer) return true;
  switch (audience.of) {
    case 'address':
      return rights.refuse('view', audience.name) === undefined;
    case 'kind':
      return rights.refuseKind('view', audience.kind) === undefined;
    case 'space':
      return rights.refusePattern('view', '#') === undefined;
    case 'server':
      return false;
  }
}

/** Something that wants attention, and what there is to say of it once it is known that it will be told. */
export interface Concern {
  readonly severity: Severity;
  say(): AddressedAttention;
}

/** The worst first, as many as are told at a time. */
export function worstFirst(concerns: readonly Concern[]): readonly AddressedAttention[] {
  const ranked = SEVERITIES.flatMap(severity => concerns.filter(concern => concern.severity === severity));
  const told = ranked.slice(0, ATTENTION_MAX).map(concern => concern.say());
  const more = ranked.length - told.length;
  if (more === 0) return told;
  return [
    ...told,
    {
      audience: { of: 'space' },
      attention: {
        severity: 'info',
        what: `There are ${more} more like these.`,
        do: 'See to these first: what is left out is shown then.',
      },
    },
  ];
}

/** The share of a limit from which on it is said that it will soon be reached. */
const NEAR = 0.9;

/** What the space may have and nearly has. */
export function* nearLimits(space: AddressSpace): Iterable<AddressedAttention> {
  const { limits, settings, addresses } = space;
  const { inForce, account, allowance } = limits;
  const measured: readonly (readonly [name: string, words: string, has: number, max: number | undefined])[] = [
    ['messagesMax', 'messages', account.messages, inForce.messagesMax],
    ['bytesMax', 'bytes of messages', account.bytes, inForce.bytesMax],
    ['addressesMax', 'addresses', addresses.size, settings.addressesMax],
    ['connectionsMax', 'connections', allowance.count('connections'), inForce.connectionsMax],
    ['linksMax', 'links', allowance.count('links'), inForce.linksMax],
  ];
  for (const [name, words, has, max] of measured) {
    if (max === undefined || has < NEAR * max) continue;
    const full = has >= max;
    yield {
      audience: { of: 'space' },
      attention: {
        severity: full ? 'danger' : 'warning',
        what: `The address space has ${has} ${words}, and may have ${max}${full ? ': more are refused' : ''}.`,
        do: `Make room, or have its ${name} raised.`,
      },
    };
  }
}
