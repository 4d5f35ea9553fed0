/** Every limit of the AMQP head: its default, and what it bounds. The configuration's options and the reference are made from this table. */
export const AMQP_LIMITS = {
  frameSizeBytesMax: { default: 65_536, description: 'Largest frame taken, in bytes; announced to the peer in open.' },
  channelMax: { default: 255, description: 'Highest channel number, so that one more is the most sessions of a connection.' },
  linksPerConnectionMax: { default: 8192, description: 'Most links of a connection at a time.' },
  idleTimeoutMs: {
    default: 60_000,
    description: 'A connection from which nothing came for so long is closed; half of it is announced in open. 0: never.',
  },
  handshakeTimeoutMs: { default: 10_000, description: 'A connection that has not got as far as open after so long is closed.' },
  strangersMax: {
    default: 5000,
    description: 'Connections at one time that have not got as far as open; beyond, the oldest are closed.',
  },
  closeTimeoutMs: { default: 2000, description: 'How long a peer has to answer a close before its connection is cut.' },
  stallTimeoutMs: { default: 60_000, description: 'A peer that takes nothing of what it is sent for so long is cut off.' },
  incomingWindowFrames: {
    default: 2048,
    description: 'Most transfer frames that a session takes before it has to wait for a flow; fewer while frames are large.',
  },
  unsentBytesMax: { default: 1_048_576, description: 'Unsent bytes of a connection beyond which it gets no deliveries, and is not read.' },
  streamUnsentBytesMax: {
    default: 16_777_216,
    description: 'Unsent bytes beyond which a message that is forwarded while it arrives is given up for this consumer.',
  },
  assemblyBytesMax: { default: 134_217_728, description: 'Bytes of unfinished messages for brokered addresses, for one connection.' },
  suspendedLinksMax: { default: 2000, description: 'Most links that ended with unsettled deliveries and may be resumed.' },
  suspendedTimeoutMs: {
    default: 600_000,
    description: 'How long unsettled deliveries are kept for a link that may be resumed, at the most, whatever its terminus asks for.',
  },
  transactionsPerConnectionMax: { default: 256, description: 'Most open transactions of a connection.' },
  unsettledMax: { default: 65_536, description: 'Deliveries under way to one session; beyond, it gets no more until it settles some.' },
} as const satisfies Record<string, { default: number; description: string }>;

export type AmqpLimits = { readonly [name in keyof typeof AMQP_LIMITS]: number };

export function amqpLimits(given: Partial<AmqpLimits> = {}): AmqpLimits {
  const limits: Record<string, number> = {};
  for (const [name, { default: value }] of Object.entries(AMQP_LIMITS)) limits[name] = given[name as keyof AmqpLimits] ?? value;
  return limits as AmqpLimits;
}
