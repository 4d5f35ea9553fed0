/** Every limit of the MQTT head: its default, and what it bounds. */
export const MQTT_LIMITS = {
  packetSizeBytesMax: { default: 16_700_000, description: 'Largest packet taken, in bytes; announced as maximum packet size.' },
  receiveMaximum: {
    default: 4096,
    description:
      'Publishes with QoS 1 and 2 that a client may have under way to us; with MQTT 3.1.1, which cannot be told, it is not read beyond.',
  },
  waitingBytesMax: {
    default: 1_048_576,
    description: 'Bytes of what a client has published that wait for room at their addresses; beyond, the client is not read.',
  },
  sendMaximum: { default: 4096, description: 'Publishes with QoS 1 and 2 under way to a client, whatever it allows.' },
  topicAliasMaximum: { default: 64, description: 'Topic aliases each way, for one connection.' },
  sessionExpirySecondsMax: { default: 2_592_000, description: 'Longest time for which a session is kept without its client.' },
  connectTimeoutMs: { default: 10_000, description: 'A connection that has not sent CONNECT after so long is closed.' },
  strangersMax: {
    default: 5000,
    description: 'Connections at one time whose client has not sent CONNECT, or not answered a challenge; beyond, the oldest are closed.',
  },
  keepAliveSecondsMax: { default: 0, description: 'Longest keep alive a client may have; longer ones are told this. 0: any.' },
  unfinishedBytesMax: { default: 268_435_456, description: 'Bytes of packets that have come in part, of all connections together.' },
  sessionsMax: { default: 250_000, description: 'Most sessions of an address space, those without their client included.' },
  subscriptionsMax: { default: 10_000, description: 'Most subscriptions of one session.' },
  clientIdBytesMax: { default: 512, description: 'Longest client identifier, in bytes.' },
  unsentBytesMax: { default: 1_048_576, description: 'Unsent bytes beyond which a client is sent nothing, and is not read.' },
  stallTimeoutMs: {
    default: 60_000,
    description: 'A client that takes nothing of what it is sent, or does not go on with a packet that it began, for so long is cut off.',
  },
} as const satisfies Record<string, { default: number; description: string }>;

export type MqttLimits = { readonly [name in keyof typeof MQTT_LIMITS]: number };

export function mqttLimits(given: Partial<MqttLimits> = {}): MqttLimits {
  const limits: Record<string, number> = {};
  for (const [name, { default: value }] of Object.entries(MQTT_LIMITS)) limits[name] = given[name as keyof MqttLimits] ?? value;
  return limits as MqttLimits;
}

/** The keep alive of a client that asks for so many seconds, 0 for none [MQTT-3.1.2-21]. */
export function keepAliveSeconds(asked: number, { keepAliveSecondsMax }: MqttLimits): number {
  return keepAliveSecondsMax > 0 && (asked === 0 || asked > keepAliveSecondsMax) ? keepAliveSecondsMax : asked;
}
