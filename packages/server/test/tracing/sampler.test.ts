import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpMap, AmqpSymbol, ByteWriter, encodeMessage } from '@angarium/codec-amqp';
import { ContentEncodings, ENCODING_AMQP, ENCODING_MQTT, emptyMessage, type Message } from '@angarium/core';
import { AMQP_CONTENT } from '../../../head-amqp/src/amqp-content.ts';
import { MQTT_CONTENT } from '../../../head-mqtt/src/mqtt-content.ts';
import { Sampler, type SamplerOptions } from '../../src/tracing/sampler.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE}-b7ad6b7169203331-00`;
/** Of a later version, whose flags are a letter and whose first bit is set. */
const LATER = `01-${TRACE}-b7ad6b7169203331-0b-more`;

type Pairs = readonly (readonly [string, string])[];

function amqp({ annotations = [], properties = [] }: { readonly annotations?: Pairs; readonly properties?: Pairs }): Message {
  const writer = new ByteWriter(256);
  encodeMessage(writer, {
    messageAnnotations: new AmqpMap(annotations.map(([name, value]) => [new AmqpSymbol(name), value])),
    applicationProperties: new AmqpMap(properties.map(([name, value]) => [name, value])),
    // A body is not searched.
    body: { kind: 'data', sections: [Buffer.from(`traceparent\xa1\x37${SAMPLED}`, 'latin1')] },
  });
  return { ...emptyMessage(), bytes: writer.bytes, end: writer.length };
}

function mqtt(properties: Pairs): Message {
  const message = emptyMessage();
  const pairs = properties.map(([name, value]): [string, string] => [name, value]);
  MQTT_CONTENT.write({ body: Buffer.from(`traceparent\0\x37${SAMPLED}`), text: false, properties: pairs }, message);
  message.encoding = ENCODING_MQTT;
  return message;
}

function sampler(options: Partial<SamplerOptions> = {}): Sampler {
  const encodings = new ContentEncodings();
  encodings.add(ENCODING_AMQP, AMQP_CONTENT);
  encodings.add(ENCODING_MQTT, MQTT_CONTENT);
  return new Sampler({ encodings, oneIn: 0, perSecond: 1000, nowMs: () => 0, ...options });
}

/** The trace in hexadecimal digits; undefined: the message has no spans. */
function traceOf(message: Message, options: Partial<SamplerOptions> = {}): string | undefined {
  return sampler(options)
    .parentFor(message)
    ?.traceId.map(word => (word >>> 0).toString(16).padStart(8, '0'))
    .join('');
}

describe('which messages have spans', () => {
  const cases: readonly [what: string, message: () => Message, expected: 'sampled' | 'not' | 'none'][] = [
    ['nothing, but a body that looks like it', () => amqp({}), 'none'],
    ['a property', () => amqp({ properties: [['traceparent', SAMPLED]] }), 'sampled'],
    ['a property of a sender who does not sample', () => amqp({ properties: [['traceparent', UNSAMPLED]] }), 'not'],
    [
      'an annotation, which counts before',
      () => amqp({ annotations: [['traceparent', SAMPLED]], properties: [['traceparent', UNSAMPLED]] }),
      'sampled',
    ],
    [
      'an annotation that does not sample',
      () => amqp({ annotations: [['traceparent', UNSAMPLED]], properties: [['traceparent', SAMPLED]] }),
      'not',
    ],
    [
      'a property behind an event’s attribute',
      () =>
        amqp({
          properties: [
            ['cloudEvents:traceparent', UNSAMPLED],
            ['traceparent', SAMPLED],
          ],
        }),
      'sampled',
    ],
    ['an event’s attribute', () => amqp({ properties: [['cloudEvents:traceparent', SAMPLED]] }), 'sampled'],
    ['a version to come', () => amqp({ properties: [['traceparent', LATER]] }), 'sampled'],
    ['a value that names it', () => amqp({ properties: [['x', 'traceparent']] }), 'none'],
    ['what is none', () => amqp({ properties: [['traceparent', UNSAMPLED.replace(TRACE, '0'.repeat(32))]] }), 'none'],
    ['what has letters in place of digits', () => amqp({ properties: [['traceparent', UNSAMPLED.replace('0af7', '0AF7')]] }), 'none'],
    ['nothing, over MQTT', () => mqtt([]), 'none'],
    [
      'a user property',
      () =>
        mqtt([
          ['a', 'b'],
          ['traceparent', SAMPLED],
        ]),
      'sampled',
    ],
    ['a user property of a sender who does not sample', () => mqtt([['traceparent', UNSAMPLED]]), 'not'],
    [
      'the last of two user properties',
      () =>
        mqtt([
          ['traceparent', UNSAMPLED],
          ['traceparent', SAMPLED],
        ]),
      'sampled',
    ],
  ];
  for (const [what, message, expected] of cases)
    test(`[W3C Trace Context, section 3.2] ${what}: ${expected === 'none' ? 'it belongs to no trace' : expected}`, () => {
      assert.equal(traceOf(message()), expected === 'sampled' ? TRACE : undefined);
      // Only what belongs to no trace can begin one.
      const begun = traceOf(message(), { oneIn: 1 });
      assert.equal(begun !== undefined && begun !== TRACE, expected === 'none');
    });

  test('a message that is cut, or is none, belongs to no trace', () => {
    const { bytes, end } = amqp({ properties: [['traceparent', SAMPLED]] });
    for (let cut = 0; cut < end; cut++) {
      const trace = traceOf({ ...emptyMessage(), bytes, end: cut });
      assert.ok(trace === undefined || trace === TRACE);
    }
    assert.equal(traceOf({ ...emptyMessage(), bytes: Buffer.from('traceparent'), end: 11 }), undefined);
  });

  test('no more traces begin in a second than may, and those are spread over it', () => {
    let nowMs = 1_000_000;
    const sampling = sampler({ oneIn: 2, perSecond: 100, nowMs: () => nowMs });
    const message = amqp({});
    const begun: number[] = [];
    for (; nowMs < 1_003_000; nowMs++) for (let i = 0; i < 10; i++) if (sampling.parentFor(message)) begun.push(nowMs);
    const inSecond = (from: number): number => begun.filter(at => at >= from && at < from + 1000).length;
    // A second in which none began is made up for.
    assert.equal(inSecond(1_000_000), 199);
    assert.equal(inSecond(1_001_000), 100);
    assert.equal(inSecond(1_002_000), 100);
  });
});
