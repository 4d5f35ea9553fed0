/** The types that somebody chooses from; what each does with messages is the wizard's to explain. */
export const ADDRESS_TYPES = ['queue', 'topic', 'stream', 'anycast', 'multicast'] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];
