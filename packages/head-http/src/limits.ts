/** Every limit of the HTTP head: its default, and what it bounds. The reference is made from this table. */
export const HTTP_LIMITS = {
  connectionsMax: { default: 20_000, description: 'Connections at one time; more are closed at once.' },
  headerBytesMax: { default: 16_384, description: 'Request line and header fields of one request together, in bytes.' },
  requestTimeoutMs: { default: 30_000, description: 'How long a request may take to arrive, from its first byte on.' },
  strangersMax: {
    default: 5000,
    description: 'Connections at one time on which no whole request has come yet; beyond, the oldest are closed.',
  },
  pipelinedRequestsMax: { default: 100, description: 'Requests of one connection that wait for their answers; more are read later.' },
  keepAliveMs: { default: 5000, description: 'How long an idle connection is kept for a next request.' },
  http2StreamsMax: { default: 250, description: 'Requests of one HTTP/2 connection at a time.' },
  http2ResetsMax: {
    default: 200,
    description: 'Requests that an HTTP/2 connection may take back within ten seconds before they were answered; beyond, it is closed.',
  },
  bodyBytesMax: { default: 33_554_432, description: 'Largest body of a request that sends, in bytes.' },
  bodiesBytesMax: { default: 268_435_456, description: 'Bytes of bodies that are arriving, of all requests together.' },
  batchMessagesMax: { default: 10_000, description: 'Most messages of one batch.' },
  multipartHeaderBytesMax: { default: 16_384, description: 'Header lines of one part of a multipart batch, in bytes.' },
  waitersMax: { default: 20_000, description: 'Requests that wait for credit, an outcome, a reply or a message at one time.' },
  waitMsMax: { default: 60_000, description: 'Longest that a request may wait for credit or for messages.' },
  outcomeTimeoutMs: { default: 60_000, description: 'How long a sender waits for the outcome of its message.' },
  replyMsMax: { default: 300_000, description: 'Longest that a request may wait for its reply.' },
  producerIdleMs: { default: 1000, description: 'How long an address keeps a producer that no request uses.' },
  receiveCountMax: { default: 1000, description: 'Most messages of one answer.' },
  receiveBytesMax: { default: 16_777_216, description: 'Bytes of messages after which an answer is complete, whatever was asked for.' },
  leaseMsDefault: { default: 30_000, description: 'Lease of a message whose receiver asks for none.' },
  leaseMsMax: { default: 3_600_000, description: 'Longest lease of a message.' },
  leasesPerClientMax: { default: 10_000, description: 'Leases of one client (user and host) at a time.' },
  subscriptionKeepMs: { default: 300_000, description: 'How long a named subscription that is not durable is kept without a reader.' },
  eventStreamsMax: { default: 10_000, description: 'Event streams at a time, those kept for their readers to return included.' },
  eventsKeptMax: { default: 1000, description: 'Events that a stream keeps for a reader that returns.' },
  eventsKeptBytesMax: { default: 1_048_576, description: 'Bytes of events that a stream keeps for a reader that returns.' },
  eventUnsentBytesMax: {
    default: 1_048_576,
    description: 'Unsent bytes beyond which a stream gets no more deliveries until its reader has caught up.',
  },
  eventStallMs: {
    default: 60_000,
    description: 'A reader of events or a WebSocket that takes nothing of what it is sent for so long is cut off.',
  },
  heartbeatMs: { default: 15_000, description: 'How often a stream without events sends a comment, and a WebSocket a ping.' },
  webhooksMax: { default: 1000, description: 'Webhooks of all address spaces together.' },
  webSocketsMax: { default: 10_000, description: 'WebSockets at a time, those with AMQP included.' },
  webSocketFrameBytesMax: { default: 33_554_432, description: 'Largest message of a WebSocket, in bytes.' },
  webSocketUnsentBytesMax: { default: 1_048_576, description: 'Unsent bytes beyond which a WebSocket gets no deliveries.' },
  webSocketSubscriptionsMax: { default: 100, description: 'Subscriptions of one WebSocket.' },
  webSocketUnsettledMax: {
    default: 10_000,
    description: 'Deliveries to one WebSocket that it has not settled, and sends of it whose outcome it has not heard.',
  },
} as const satisfies Record<string, { default: number; description: string }>;

export type HttpLimits = { readonly [name in keyof typeof HTTP_LIMITS]: number };

export function httpLimits(given: Partial<HttpLimits> = {}): HttpLimits {
  const limits: Record<string, number> = {};
  for (const [name, { default: value }] of Object.entries(HTTP_LIMITS)) limits[name] = given[name as keyof HttpLimits] ?? value;
  return limits as HttpLimits;
}
