import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AmqpMap,
  type AmqpMessage,
  AmqpSymbol,
  decodeMessage,
  fromPlain,
  type MessageId,
  type MessageProperties,
  symbol,
  Typed,
  timestamp,
  ulong,
} from '@angarium/codec-amqp';
import { emptyMessage, HEADER_UNREAD, type Message } from '@angarium/core';
import { AMQP_CONTENT } from '../src/amqp-content.ts';
import { encoded } from './support/messages.ts';

const UUID = new Typed(
  'uuid',
  Uint8Array.from({ length: 16 }, (_, index) => index * 17),
);

function messageOf(content: Omit<AmqpMessage, 'body'>, rest: Partial<Message> = {}): Message {
  const bytes = encoded({ ...content, body: { kind: 'value', value: 'body' } });
  return { ...emptyMessage(), bytes, end: bytes.length, ...rest };
}

function fieldsOf(message: Message, names: readonly string[]): Record<string, unknown> {
  const fields = AMQP_CONTENT.fields(message);
  return Object.fromEntries(names.map(name => [name, fields.get(name)]));
}

describe('fields of AMQP messages', () => {
  test('[JMS 3.1, 3.8.1.1] headers have their JMS names', () => {
    const properties: MessageProperties = {
      messageId: 'ID:1',
      userId: new TextEncoder().encode('ann'),
      to: 'orders',
      subject: 'kind',
      replyTo: 'answers',
      correlationId: 'c-1',
      creationTime: 1_700_000_000_000,
      groupId: 'g',
      groupSequence: 7,
    };
    const expected = {
      JMSMessageID: 'ID:1',
      JMSXUserID: 'ann',
      JMSDestination: 'orders',
      JMSType: 'kind',
      JMSReplyTo: 'answers',
      JMSCorrelationID: 'c-1',
      JMSTimestamp: 1_700_000_000_000,
      JMSXGroupID: 'g',
      JMSXGroupSeq: 7,
      JMSExpiration: 0,
      JMSPriority: 8,
      JMSDeliveryMode: 'PERSISTENT',
      JMSRedelivered: true,
      JMSXDeliveryCount: 3,
    };
    const message = messageOf({ properties }, { priority: 8, durable: true, deliveryCount: 2 });
    assert.deepEqual(fieldsOf(message, Object.keys(expected)), expected);
  });

  test('[3, 3.2.1] [3, 3.2.4] sections of AMQP have their fields under their own names', () => {
    const properties: MessageProperties = { messageId: ulong(7n), contentType: 'text/plain', absoluteExpiryTime: 5 };
    const expected = {
      'properties.message-id': 7,
      'properties.content-type': 'text/plain',
      'properties.absolute-expiry-time': 5,
      JMSExpiration: 5,
      'properties.subject': undefined,
      'header.priority': 4,
      'header.ttl': 100,
      'header.durable': false,
      JMSDeliveryMode: 'NON_PERSISTENT',
    };
    assert.deepEqual(fieldsOf(messageOf({ properties }, { ttlMs: 100 }), Object.keys(expected)), expected);
  });

  test('application properties keep their types, and may have the names of sections', () => {
    const values = { text: 'a', whole: 3, big: 2n ** 60n, real: 0.5, yes: true, subject: 'mine', list: [1], none: null };
    const message = messageOf({ applicationProperties: fromPlain(values) as AmqpMap });
    assert.deepEqual(fieldsOf(message, [...Object.keys(values), 'absent']), {
      ...values,
      list: undefined,
      none: undefined,
      absent: undefined,
    });
  });

  const IDS: readonly [what: string, id: MessageId, messageId: string, correlationId: string][] = [
    ['a text', 'x', 'ID:AMQP_NO_PREFIX:x', 'x'],
    ['a text that looks like a typed one', 'ID:AMQP_ULONG:1', 'ID:AMQP_STRING:ID:AMQP_ULONG:1', 'ID:AMQP_STRING:ID:AMQP_ULONG:1'],
    ['a ulong', ulong(5n), 'ID:AMQP_ULONG:5', 'ID:AMQP_ULONG:5'],
    ['bytes', Uint8Array.of(0, 0xab), 'ID:AMQP_BINARY:00AB', 'ID:AMQP_BINARY:00AB'],
    ['a uuid', UUID, 'ID:AMQP_UUID:00112233-4455-6677-8899-aabbccddeeff', 'ID:AMQP_UUID:00112233-4455-6677-8899-aabbccddeeff'],
  ];
  for (const [what, id, messageId, correlationId] of IDS)
    test(`an id that is ${what} has the form that JMS clients give it`, () => {
      const message = messageOf({ properties: { messageId: id, correlationId: id } });
      assert.deepEqual(fieldsOf(message, ['JMSMessageID', 'JMSCorrelationID']), {
        JMSMessageID: messageId,
        JMSCorrelationID: correlationId,
      });
    });

  test('a header section that is part of the bytes is passed over, whether it was read or not', () => {
    for (const headerSize of [HEADER_UNREAD, 9]) {
      const message = messageOf({ header: { durable: true, priority: 2 }, properties: { subject: 's' } }, { headerSize });
      assert.equal(AMQP_CONTENT.fields(message).get('JMSType'), 's');
    }
  });

  test('bytes that are not well formed have no fields', () => {
    const message = messageOf({ properties: { subject: 's' }, applicationProperties: new AmqpMap([['a', 'b']]) });
    message.bytes[4] = 0xff;
    assert.deepEqual(fieldsOf(message, ['JMSType', 'JMSMessageID', 'a']), { JMSType: undefined, JMSMessageID: undefined, a: undefined });
  });
});

describe('annotations of AMQP messages', () => {
  const annotations = new Map<string, string | number | Date>([
    ['x-opt-from', 'orders'],
    ['x-opt-times', 3],
    ['x-opt-at', new Date(1_700_000_000_000)],
  ]);
  const annotated = new AmqpMap([
    [symbol('x-opt-from'), 'orders'],
    [symbol('x-opt-times'), new Typed('long', 3n)],
    [symbol('x-opt-at'), timestamp(1_700_000_000_000)],
  ]);

  test('[3, 3.2.3] they are typed, and a header that the message says elsewhere is left out of its bytes', () => {
    const message = messageOf({ header: { durable: true }, properties: { subject: 's' } }, { headerSize: 7, priority: 9 });
    AMQP_CONTENT.annotate(message, annotations);
    assert.equal(message.priority, 9);
    assert.equal(message.headerSize, 0);
    assert.deepEqual(fieldsOf(message, ['annotations.x-opt-from', 'annotations.x-opt-times', 'annotations.none', 'x-opt-from']), {
      'annotations.x-opt-from': 'orders',
      'annotations.x-opt-times': 3,
      'annotations.none': undefined,
      'x-opt-from': undefined,
    });
    assert.deepEqual(decodeMessage(message.bytes, message.start, message.end), {
      messageAnnotations: annotated,
      properties: { subject: 's' },
      body: { kind: 'value', value: 'body' },
    });
  });

  test('a message that has been annotated can be annotated again', () => {
    const message = messageOf({});
    AMQP_CONTENT.annotate(message, annotations);
    AMQP_CONTENT.annotate(message, new Map([['x-opt-from', 'else']]));
    const { messageAnnotations } = decodeMessage(message.bytes, message.start, message.end);
    assert.equal(messageAnnotations?.get('x-opt-from'), 'else');
    assert.equal(messageAnnotations.entries.filter(([key]) => key instanceof AmqpSymbol).length, 3);
  });

  test('bytes that are not well formed stay as they are', () => {
    const message = messageOf({});
    message.bytes[2] = 0x10;
    const { bytes, start, end } = message;
    AMQP_CONTENT.annotate(message, annotations);
    assert.deepEqual([message.bytes, message.start, message.end], [bytes, start, end]);
  });
});
