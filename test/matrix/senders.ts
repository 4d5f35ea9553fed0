import assert from 'node:assert/strict';
import type { TestServer } from '@angarium/testkit';
import type { IPublishPacket } from 'mqtt';
import rhea, { type EventContext, type Message, type Sender as RheaSender } from 'rhea';
import { AmqpClient } from '../../packages/head-http/test/support/amqp-client.ts';
import { call } from '../../packages/head-http/test/support/http-client.ts';
import { JsonClient } from '../support/json-client.ts';
import { mqttPeer } from '../support/mqtt-peer.ts';
import { outcomeOf } from '../support/rhea-outcome.ts';
import { type Letter, PROTOCOLS, type Protocol } from './letter.ts';

/** Says letters in one protocol; resolves when the server has taken what it was sent, where the protocol says so. */
export interface LetterSender extends AsyncDisposable {
  send(address: string, letter: Letter): Promise<void>;
}

export const SENDERS: Readonly<Record<Protocol, (server: TestServer) => Promise<LetterSender>>> = {
  amqp: amqpSender,
  mqtt311: server => mqttSender(server, 4),
  mqtt5: server => mqttSender(server, 5),
  http: httpSender,
  webSocket: webSocketSender,
};

/** A sender of each protocol. */
export async function everySender(server: TestServer): Promise<ReadonlyMap<Protocol, LetterSender>> {
  return new Map(await Promise.all(PROTOCOLS.map(async protocol => [protocol, await SENDERS[protocol](server)] as const)));
}

// ---- AMQP

async function amqpSender(server: TestServer): Promise<LetterSender> {
  const client = await AmqpClient.connect(server);
  const senders = new Map<string, Promise<RheaSender>>();
  return {
    async send(address, letter) {
      let opening = senders.get(address);
      if (!opening) {
        opening = client.sender(address);
        senders.set(address, opening);
      }
      const sender = await opening;
      const settled = Promise.withResolvers<string>();
      sender.once('settled', ({ delivery }: EventContext) => settled.resolve(outcomeOf(delivery!)));
      sender.send(amqpMessage(letter));
      assert.equal(await settled.promise, 'accepted');
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** What applications add, and an event's attributes by the names that AMQP's binding gives them. */
function applicationProperties({ properties = [], event = {} }: Letter): (readonly [name: string, value: string])[] {
  return [...properties, ...Object.entries(event).map(([name, value]) => [`cloudEvents:${name}`, value] as const)];
}

function amqpMessage(letter: Letter): Message {
  const { body, text, ttl, priority, durable, creationTime, userId, correlationId, ...rest } = letter;
  const entries = [...applicationProperties(letter), ...Object.entries(letter.context ?? {})];
  return {
    body: text ? body.toString('utf8') : rhea.message.data_section(body),
    ...(rest.contentType !== undefined && { content_type: rest.contentType }),
    ...(rest.contentEncoding !== undefined && { content_encoding: rest.contentEncoding }),
    ...(rest.replyTo !== undefined && { reply_to: rest.replyTo }),
    // Bytes alone would be a uuid to rhea.
    ...(correlationId !== undefined && {
      correlation_id: typeof correlationId === 'string' ? correlationId : (rhea.types.wrap_binary(correlationId) as never),
    }),
    ...(rest.messageId !== undefined && { message_id: rest.messageId }),
    ...(rest.subject !== undefined && { subject: rest.subject }),
    ...(userId !== undefined && { user_id: Buffer.from(userId) as never }),
    ...(rest.groupId !== undefined && { group_id: rest.groupId }),
    ...(rest.groupSequence !== undefined && { group_sequence: rest.groupSequence }),
    ...(rest.replyToGroupId !== undefined && { reply_to_group_id: rest.replyToGroupId }),
    ...(creationTime !== undefined && { creation_time: creationTime as never }),
    ...(ttl !== undefined && { ttl }),
    ...(priority !== undefined && { priority }),
    ...(durable !== undefined && { durable }),
    ...(entries.length > 0 && { application_properties: Object.fromEntries(entries) }),
  };
}

// ---- MQTT

async function mqttSender(server: TestServer, version: 4 | 5): Promise<LetterSender> {
  const peer = await mqttPeer(server, version);
  return {
    send: (address, letter) =>
      peer.client
        .publishAsync(address, letter.body, {
          qos: letter.durable === false ? 0 : 1,
          ...(version === 5 && { properties: mqttProperties(letter) }),
        })
        .then(() => {}),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

function mqttProperties(letter: Letter): NonNullable<IPublishPacket['properties']> {
  const user: Record<string, string | string[]> = {};
  const add = (name: string, value: string): void => {
    const before = user[name];
    user[name] = before === undefined ? value : [...[before].flat(), value];
  };
  for (const [name, value] of letter.properties ?? []) add(name, value);
  for (const [name, value] of Object.entries({ ...letter.event, ...letter.context })) add(name, value);
  for (const [name, value] of [
    ['amqp-content-encoding', letter.contentEncoding],
    ['amqp-message-id', letter.messageId],
    ['amqp-subject', letter.subject],
    ['amqp-user-id', letter.userId],
    ['amqp-group-id', letter.groupId],
    ['amqp-group-sequence', letter.groupSequence],
    ['amqp-reply-to-group-id', letter.replyToGroupId],
    ['amqp-creation-time', letter.creationTime === undefined ? undefined : new Date(letter.creationTime).toISOString()],
    ['amqp-priority', letter.priority],
  ] as const)
    if (value !== undefined) add(name, String(value));
  return {
    ...(letter.text && { payloadFormatIndicator: true }),
    ...(letter.contentType !== undefined && { contentType: letter.contentType }),
    ...(letter.replyTo !== undefined && { responseTopic: letter.replyTo }),
    ...(letter.correlationId !== undefined && { correlationData: Buffer.from(letter.correlationId as string) }),
    ...(letter.ttl !== undefined && { messageExpiryInterval: letter.ttl / 1000 }),
    ...(Object.keys(user).length > 0 && { userProperties: user }),
  };
}

// ---- HTTP

async function httpSender(server: TestServer): Promise<LetterSender> {
  return {
    async send(address, letter) {
      const headers: Record<string, string> = {};
      const put = (name: string, value: string | number | boolean | undefined): void => {
        if (value !== undefined) headers[name] = String(value);
      };
      put('content-type', letter.contentType);
      put('content-encoding', letter.contentEncoding);
      put('angarium-reply-to', letter.replyTo);
      const { correlationId } = letter;
      if (typeof correlationId === 'string') put('angarium-correlation-id', encoded(correlationId));
      else if (correlationId) put('angarium-correlation-id', `${encoded(correlationId.toString('base64'))};binary`);
      put('angarium-message-id', letter.messageId);
      put('angarium-subject', letter.subject && encoded(letter.subject));
      put('angarium-user-id', letter.userId);
      put('angarium-group-id', letter.groupId);
      put('angarium-group-sequence', letter.groupSequence);
      put('angarium-reply-to-group-id', letter.replyToGroupId);
      put('angarium-creation-time', letter.creationTime);
      put('angarium-ttl', letter.ttl);
      put('angarium-priority', letter.priority);
      put('angarium-durable', letter.durable);
      for (const [name, value] of letter.properties ?? []) put(`angarium-property-${encodedName(name)}`, encoded(value));
      for (const [name, value] of Object.entries(letter.event ?? {})) put(`ce-${name}`, encoded(value));
      for (const [name, value] of Object.entries(letter.context ?? {})) put(name, value);
      const answer = await call(server, 'POST', `/m/${address}?wait=20s`, { body: letter.body, headers });
      assert.equal(answer.status, 202, answer.text);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function encoded(value: string): string {
  return encodeURIComponent(value);
}

/** What a field name cannot have, capitals included, since field names have no case. */
function encodedName(name: string): string {
  return [...Buffer.from(name)]
    .map(byte => (/[a-z0-9-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
    .join('');
}

/** A CloudEvent in structured mode: the JSON of all of it is the body. */
export async function sendStructuredEvent(server: TestServer, address: string, event: object): Promise<void> {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const answer = await call(server, 'POST', `/m/${address}?wait=20s`, { body: JSON.stringify(event), headers });
  assert.equal(answer.status, 202, answer.text);
}

// ---- WebSocket

async function webSocketSender(server: TestServer): Promise<LetterSender> {
  const client = await JsonClient.open(server);
  let id = 0;
  return {
    async send(address, letter) {
      const own = ++id;
      client.say({ type: 'send', id: own, address, wait: 20_000, message: jsonMessage(letter) });
      const answer = await client.next(frame => frame.id === own);
      assert.equal(answer.type, 'accepted', JSON.stringify(answer));
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function jsonMessage(letter: Letter): Record<string, unknown> {
  const { body, text, correlationId, properties: _properties, event: _event, context, ...rest } = letter;
  const entries = applicationProperties(letter);
  return {
    ...rest,
    ...context,
    ...(text ? { body: body.toString('utf8'), bodyEncoding: 'text' } : { body: body.toString('base64'), bodyEncoding: 'base64' }),
    ...(correlationId !== undefined && {
      correlationId: typeof correlationId === 'string' ? correlationId : { type: 'binary', value: correlationId.toString('base64') },
    }),
    ...(entries.length > 0 && { properties: Object.fromEntries(entries) }),
  };
}
