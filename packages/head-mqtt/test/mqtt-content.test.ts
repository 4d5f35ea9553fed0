import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageContent } from '@angarium/core';
import { emptyMessage, type Message } from '@angarium/core';
import { MQTT_CONTENT } from '../src/mqtt-content.ts';

const CONTENT: MessageContent = {
  body: new TextEncoder().encode('21'),
  text: true,
  contentType: 'text/plain',
  replyTo: 'answers',
  correlationId: 'c-1',
  properties: [
    ['unit', 'celsius'],
    ['room', '1'],
    ['room', '2'],
  ],
};

function messageOf(content: MessageContent, rest: Partial<Message> = {}): Message {
  const message = { ...emptyMessage(), ...rest };
  MQTT_CONTENT.write(content, message);
  return { ...message, bytes: message.bytes.slice() };
}

function fieldsOf(message: Message, names: readonly string[]): Record<string, unknown> {
  const fields = MQTT_CONTENT.fields(message);
  return Object.fromEntries(names.map(name => [name, fields.get(name)]));
}

test('[MQTT 5.0, 3.3.2.3] properties of a PUBLISH have names that selectors know; of equal user properties the last one counts', () => {
  const expected = {
    unit: 'celsius',
    room: '2',
    JMSDestination: 'weather/kitchen',
    JMSReplyTo: 'answers',
    JMSCorrelationID: 'c-1',
    'properties.content-type': 'text/plain',
    JMSExpiration: 0,
    JMSDeliveryMode: 'PERSISTENT',
    JMSPriority: 4,
    absent: undefined,
  };
  const message = messageOf(CONTENT, { topic: 'weather/kitchen', durable: true });
  assert.deepEqual(fieldsOf(message, Object.keys(expected)), expected);
});

test('a PUBLISH without properties has just what the message says of itself', () => {
  const message = messageOf({ body: CONTENT.body, text: false, properties: [] }, { topic: 't' });
  const expected = { JMSDestination: 't', JMSReplyTo: undefined, JMSCorrelationID: undefined, unit: undefined };
  assert.deepEqual(fieldsOf(message, Object.keys(expected)), expected);
});

test('correlation data that are no text have no value', () => {
  const message = messageOf({ ...CONTENT, correlationId: Uint8Array.of(0xff, 0xfe) });
  assert.equal(MQTT_CONTENT.fields(message).get('JMSCorrelationID'), undefined);
});

test('annotations become user properties in place of those of their name, and the rest of the message stays', () => {
  const message = messageOf(CONTENT, { topic: 't', durable: true, ttlMs: 5000, retained: true, deliveryCount: 2, priority: 7 });
  const annotations = new Map<string, string | number | Date>([
    ['room', 'x'],
    ['times', 3],
    ['at', new Date(0)],
  ]);
  MQTT_CONTENT.annotate(message, annotations);
  const { properties, ...rest } = MQTT_CONTENT.read(message);
  assert.deepEqual(properties, [
    ['unit', 'celsius'],
    ['room', 'x'],
    ['times', '3'],
    ['at', '1970-01-01T00:00:00.000Z'],
  ]);
  assert.equal(MQTT_CONTENT.fields(message).get('annotations.room'), 'x');
  assert.deepEqual(Buffer.from(rest.body).toString(), '21');
  assert.equal(rest.contentType, 'text/plain');
  const { topic, durable, ttlMs, retained, deliveryCount, priority } = message;
  assert.deepEqual([topic, durable, ttlMs, retained, deliveryCount, priority], ['t', true, 5000, true, 2, 7]);
});

test('a message that has been annotated can be annotated again, also when it had no properties', () => {
  const message = messageOf({ body: CONTENT.body, text: false, properties: [] });
  MQTT_CONTENT.annotate(message, new Map([['a', '1']]));
  MQTT_CONTENT.annotate(message, new Map([['a', '2']]));
  const { properties, body } = MQTT_CONTENT.read(message);
  assert.deepEqual(properties, [['a', '2']]);
  assert.equal(Buffer.from(body).toString(), '21');
});

test('an annotation longer than a property can be is cut', () => {
  const message = messageOf(CONTENT);
  MQTT_CONTENT.annotate(message, new Map([['reason', '€'.repeat(70_000)]]));
  assert.equal(MQTT_CONTENT.fields(message).get('reason')?.toString().length, 16_384);
});

test('properties that are not well formed are no fields, and are not annotated', () => {
  const message = messageOf(CONTENT);
  message.bytes[message.start + 1] = 0x7f;
  assert.equal(MQTT_CONTENT.fields(message).get('unit'), undefined);
  const { bytes, start, end } = message;
  MQTT_CONTENT.annotate(message, new Map([['a', '1']]));
  assert.deepEqual([message.bytes, message.start, message.end], [bytes, start, end]);
});
