/** Every limit of the handshakes of TLS: its default, and what it bounds. The reference is made from this table. */
export const TLS_LIMITS = {
  handshakeTimeoutMs: { default: 10_000, description: 'A connection whose handshake is not done after so long is closed.' },
  strangersMax: {
    default: 5000,
    description: 'Connections at one time whose handshake is not done, of all endpoints together; beyond, the oldest are closed.',
  },
} as const satisfies Record<string, { default: number; description: string }>;

export type TlsLimits = { readonly [name in keyof typeof TLS_LIMITS]: number };
