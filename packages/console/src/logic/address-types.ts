/** The types that somebody chooses from; what each does with messages is the wizard's to explain. */
export const ADDRESS_TYPES = ['queue', 'topic', 'stream', 'anycast', 'multicast'] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];

/** Whether addresses of this type keep messages, and do not only hand them on. */
export function storesMessages(type: AddressType): boolean {
  return type !== 'anycast' && type !== 'multicast';
}
