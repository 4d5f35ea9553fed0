import assert from 'node:assert/strict';
import type { TestServer } from '@angarium/testkit';
import type { IPublishPacket } from 'mqtt';
import type { Message } from 'rhea';
import { AmqpClient } from '../../packages/head-http/test/support/amqp-client.ts';
import { type Answer, call } from '../../packages/head-http/test/support/http-client.ts';
import { JsonClient } from '../support/json-client.ts';
import { mqttPeer } from '../support/mqtt-peer.ts';
import type { Letter, Protocol } from './letter.ts';

/** Hears letters of one address over one protocol, one after the other. */
export interface LetterReceiver extends AsyncDisposable {
  next(): Promise<Letter>;
}

export const RECEIVERS: Readonly<Record<Protocol, (server: TestServer, address: string) => Promise<LetterReceiver>>> = {
  amqp: amqpReceiver,
  mqtt311: (server, address) => mqttReceiver(server, address, 4),
  mqtt5: (server, address) => mqttReceiver(server, address, 5),
  http: httpReceiver,
  webSocket: webSocketReceiver,
};

/** Letters that came and were not asked for yet, and those that were asked for and did not come. */
class Arrivals {
  readonly #come: Letter[] = [];
  readonly #wanted: ((letter: Letter) => void)[] = [];

  add(letter: Letter): void {
    const waiting = this.#wanted.shift();
    if (waiting) waiting(letter);
    else this.#come.push(letter);
  }

  next(): Promise<Letter> {
    const letter = this.#come.shift();
    return letter ? Promise.resolve(letter) : new Promise(resolve => this.#wanted.push(resolve));
  }
}

const CLOUD_EVENT = /^cloudEvents[:_]/;

/** What has no value is not there. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

const CONTEXT: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);

/** What of some named texts is the context of a trace. */
function contextOf(named: Readonly<Record<string, unknown>>): Partial<Letter> {
  const context = Object.fromEntries(Object.entries(named).filter(([name]) => CONTEXT.has(name)));
  return Object.keys(context).length > 0 ? { context: context as unknown as NonNullable<Letter['context']> } : {};
}

/** Properties of the application apart from the attributes of an event and the context of a trace, where there are any. */
function told(entries: readonly (readonly [string, string])[], attribute: (name: string) => string | undefined): Partial<Letter> {
  const event: Record<string, string> = {};
  const properties: [string, string][] = [];
  for (const [name, value] of entries) {
    const key = attribute(name);
    if (key === undefined) properties.push([name, value]);
    else event[key] = value;
  }
  return {
    ...(properties.length > 0 && { properties }),
    ...(Object.keys(event).length > 0 && { event }),
    ...contextOf(Object.fromEntries(entries)),
  };
}

// ---- AMQP

async function amqpReceiver(server: TestServer, address: string): Promise<LetterReceiver> {
  const client = await AmqpClient.connect(server);
  const arrivals = new Arrivals();
  await client.receiver(address, (message, { delivery }) => {
    arrivals.add(amqpLetter(message));
    delivery!.accept();
  });
  return { next: () => arrivals.next(), [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

function amqpLetter(message: Message): Letter {
  const body: unknown = message.body;
  const text = typeof body === 'string';
  const content = text ? Buffer.from(body) : ((body as { content?: Buffer } | undefined)?.content ?? Buffer.alloc(0));
  const { correlation_id: correlationId, user_id: userId, creation_time: creationTime } = message as Message & { user_id?: unknown };
  const entries = Object.entries((message.application_properties ?? {}) as Record<string, unknown>);
  return present({
    body: content,
    text,
    contentType: message.content_type,
    contentEncoding: message.content_encoding,
    replyTo: message.reply_to,
    correlationId: correlationId as Letter['correlationId'],
    messageId: message.message_id as string,
    subject: message.subject,
    userId: userId === undefined ? undefined : String(userId),
    groupId: message.group_id,
    groupSequence: message.group_sequence,
    replyToGroupId: message.reply_to_group_id,
    creationTime: creationTime === undefined ? undefined : new Date(creationTime as never).getTime(),
    ttl: message.ttl,
    priority: message.priority,
    durable: message.durable ?? false,
    ...told(
      entries.map(([name, value]) => [name, String(value)]),
      name => (CLOUD_EVENT.test(name) ? name.replace(CLOUD_EVENT, '') : undefined),
    ),
  } as Letter);
}

// ---- MQTT

async function mqttReceiver(server: TestServer, address: string, version: 4 | 5): Promise<LetterReceiver> {
  const peer = await mqttPeer(server, version);
  const arrivals = new Arrivals();
  peer.client.on('message', (_topic, payload, packet) => arrivals.add(mqttLetter(payload, packet)));
  assert.equal(await peer.subscribe(address), 1);
  return { next: () => arrivals.next(), [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

function mqttLetter(body: Buffer, { properties = {} }: IPublishPacket): Letter {
  const entries = Object.entries(properties.userProperties ?? {}).flatMap(([name, values]) =>
    [values].flat().map(value => [name, value] as [string, string]),
  );
  const own = new Map(entries.filter(([name]) => name.startsWith('amqp-')));
  const rest = entries.filter(([name]) => !name.startsWith('amqp-'));
  const isEvent = rest.some(([name]) => name === 'specversion');
  const created = own.get('amqp-creation-time');
  const sequence = own.get('amqp-group-sequence');
  const priority = own.get('amqp-priority');
  return present({
    body,
    text: properties.payloadFormatIndicator === true,
    contentType: properties.contentType,
    contentEncoding: own.get('amqp-content-encoding'),
    replyTo: properties.responseTopic,
    correlationId: properties.correlationData,
    messageId: own.get('amqp-message-id'),
    subject: own.get('amqp-subject'),
    userId: own.get('amqp-user-id'),
    groupId: own.get('amqp-group-id'),
    groupSequence: sequence === undefined ? undefined : Number(sequence),
    replyToGroupId: own.get('amqp-reply-to-group-id'),
    creationTime: created === undefined ? undefined : Date.parse(created),
    ttl: properties.messageExpiryInterval === undefined ? undefined : properties.messageExpiryInterval * 1000,
    priority: priority === undefined ? undefined : Number(priority),
    ...told(rest, name => (isEvent ? name : undefined)),
  } as Letter);
}

// ---- HTTP

async function httpReceiver(server: TestServer, address: string): Promise<LetterReceiver> {
  const receive = (): Promise<Answer> => call(server, 'POST', `/m/${address}:receive?wait=30s&settle=auto&subscription=matrix`);
  // Always one request waits, so that direct addresses have a consumer.
  let waiting = receive();
  waiting.catch(() => {});
  const consumed = server.broker.spaces.get('default')!.addresses.get(address)!;
  while (consumed.status().consumers === 0) await new Promise(setImmediate);
  return {
    async next() {
      const answer = await waiting;
      waiting = receive();
      waiting.catch(() => {});
      assert.equal(answer.status, 200, answer.text);
      return httpLetter(answer);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function httpLetter({ headers, bytes }: Answer): Letter {
  const raw = (name: string): string | undefined => headers[name] as string | undefined;
  const value = (name: string): string | undefined => (raw(name) === undefined ? undefined : decodeURIComponent(raw(name)!));
  const number = (name: string): number | undefined => (raw(name) === undefined ? undefined : Number.parseInt(raw(name)!, 10));
  const correlation = raw('angarium-correlation-id');
  const properties: [string, string][] = [];
  const event: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith('angarium-property-'))
      properties.push([decodeURIComponent(name.slice('angarium-property-'.length)), decodeURIComponent(text as string)]);
    else if (name.startsWith('ce-')) event[name.slice(3)] = decodeURIComponent(text as string);
  }
  const created = raw('angarium-creation-time');
  return present({
    body: bytes,
    contentType: raw('content-type'),
    contentEncoding: raw('content-encoding'),
    replyTo: value('angarium-reply-to'),
    correlationId: correlation?.endsWith(';binary')
      ? Buffer.from(decodeURIComponent(correlation.slice(0, -';binary'.length)), 'base64')
      : value('angarium-correlation-id'),
    messageId: value('angarium-message-id'),
    subject: value('angarium-subject'),
    userId: value('angarium-user-id'),
    groupId: value('angarium-group-id'),
    groupSequence: number('angarium-group-sequence'),
    replyToGroupId: value('angarium-reply-to-group-id'),
    creationTime: created === undefined ? undefined : Date.parse(created),
    ttl: number('angarium-ttl'),
    priority: number('angarium-priority'),
    durable: raw('angarium-durable') === 'true',
    ...(properties.length > 0 && { properties }),
    ...(Object.keys(event).length > 0 && { event }),
    ...contextOf(headers),
  } as Letter);
}

// ---- WebSocket

async function webSocketReceiver(server: TestServer, address: string): Promise<LetterReceiver> {
  const client = await JsonClient.open(server);
  client.say({ type: 'subscribe', id: 's', address });
  await client.next(({ type }) => type === 'subscribed');
  return {
    next: async () => jsonLetter((await client.next(({ type }) => type === 'message')).message as Record<string, unknown>),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function jsonLetter({ body, bodyEncoding, correlationId, properties, creationTime, ...rest }: Record<string, unknown>): Letter {
  const binary = correlationId as { type?: string; value: string } | string | undefined;
  const bytes = {
    json: () => Buffer.from(JSON.stringify(body)),
    text: () => Buffer.from(body as string),
    base64: () => Buffer.from(body as string, 'base64'),
  };
  return present({
    ...rest,
    body: bytes[bodyEncoding as keyof typeof bytes](),
    correlationId: typeof binary === 'object' ? Buffer.from(binary.value, 'base64') : binary,
    creationTime: creationTime === undefined ? undefined : Date.parse(creationTime as string),
    ...told(Object.entries((properties ?? {}) as Record<string, string>), name =>
      CLOUD_EVENT.test(name) ? name.replace(CLOUD_EVENT, '') : undefined,
    ),
    ...contextOf(rest),
  } as unknown as Letter);
}
