import type { Address } from './address.ts';

/** How an address came to be: somebody wanted one of this type; nobody said a type; or for one client alone. */
export type Origin = 'wanted' | 'assumed' | 'temporary';

/** When an address that was made for a client ends (AMQP 1.0 part 3, section 3.5.10 to 3.5.13), but for the link that asked for it. */
export type Lifetime = 'link-closed' | 'no-links' | 'no-messages' | 'no-links-or-messages';

export const ENDS: Readonly<Record<Lifetime, (address: Address) => boolean>> = {
  'link-closed': () => false,
  'no-links': ({ links }) => links === 0,
  'no-messages': ({ stored }) => stored === 0,
  'no-links-or-messages': ({ links, stored }) => links === 0 && stored === 0,
};
