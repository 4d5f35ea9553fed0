/** Where a message is, and why it does not come farther. */
export interface Whereabouts {
  /** The same as long as the reason is. */
  readonly reason: WaitReason;
  readonly words: string;
}

/** Why a message waits, or is not there. */
export const WAIT_REASONS = {
  'no-consumer': 'nobody consumes from the queue',
  'no-credit': 'no consumer has credit',
  'no-room': 'its address holds as much as it may, and it is not stored yet',
  paused: 'consumers do not read what they were sent before',
  selectors: 'the selectors of all consumers leave it out',
  'not-active': 'the single active consumer can take nothing, and others are not asked',
  'given-back': 'each consumer has given it back as one that it cannot handle',
  reserved: 'its delivery to a client that is away has begun, and is that client’s to end',
  group: 'its group belongs to a consumer that can take nothing just now',
  obstacles: 'consumers cannot take it, each for another reason',
  breaker: 'deliveries are paused, as too many failed',
  scheduled: 'its time has not come',
  redelivery: 'it waits for its next attempt',
  expired: 'its time to live has ended',
  next: 'it is handed out as soon as what comes before it is',
  unsettled: 'a consumer has it, whose outcome is awaited',
  leaving: 'it is on its way to another address',
  unread: 'readers of the stream have not come to it',
  read: 'every reader of the stream is done with it',
  gone: 'it is not there any more',
} as const;
export type WaitReason = keyof typeof WAIT_REASONS;
