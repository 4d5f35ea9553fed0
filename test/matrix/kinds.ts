import type { Letter, Protocol } from './letter.ts';

/** A kind of message, as a letter; `from` where only some protocols can send its like. */
export interface Kind {
  readonly name: string;
  readonly letter: Letter;
  readonly from?: readonly Protocol[];
}

const TEXT = 'Grüße, 世界 — 1 < 2';
const text = (words: string): Buffer => Buffer.from(words, 'utf8');
/** Whole seconds: MQTT's and HTTP's dates have no more. */
const CREATED_AT = Date.UTC(2026, 0, 2, 3, 4, 5);
/** As W3C Trace Context and W3C Baggage have them in their examples. */
const CONTEXT = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  baggage: 'userId=alice,serverNode=DF%2028,isProduction=false',
};
const LARGE_BYTES = 10 * 1024 * 1024;

export const KINDS: readonly Kind[] = [
  { name: 'any bytes', letter: { body: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) } },
  { name: 'text', letter: { body: text(TEXT), text: true, contentType: 'text/plain' } },
  { name: 'an empty body', letter: { body: Buffer.alloc(0) } },
  {
    name: 'an empty body with properties',
    letter: { body: Buffer.alloc(0), subject: 'nothing', properties: [['a', 'b']] },
  },
  { name: '10 MiB', letter: { body: Buffer.alloc(LARGE_BYTES, 'angarium'), contentType: 'application/octet-stream' } },
  { name: 'a content type', letter: { body: text('{"a":1}'), contentType: 'application/json' } },
  { name: 'an expiry', letter: { body: text('soon gone'), ttl: 60_000 } },
  { name: 'an address for replies', letter: { body: text('ask'), replyTo: 'answers/to me' } },
  { name: 'a correlation by text', letter: { body: text('ask'), correlationId: 'request 17 ü' } },
  { name: 'a correlation by bytes', letter: { body: text('ask'), correlationId: Buffer.of(0, 1, 0xfe, 0xff) } },
  {
    name: 'properties with every kind of character',
    letter: {
      body: text('x'),
      properties: [
        ['colour', 'grün'],
        ['Capital Letters', 'Yes; 100 %'],
        ['empty', ''],
        ['世界', '"quoted" \\ and\ttabbed'],
        ['number', '42'],
      ],
    },
  },
  {
    name: 'properties of one name',
    letter: {
      body: text('x'),
      properties: [
        ['tag', 'first'],
        ['other', 'x'],
        ['tag', 'second'],
      ],
    },
    from: ['mqtt5'],
  },
  { name: 'not durable', letter: { body: text('x'), durable: false } },
  { name: 'durable', letter: { body: text('x'), durable: true } },
  { name: 'a priority', letter: { body: text('x'), priority: 7 } },
  {
    name: 'all properties at once',
    letter: {
      body: text(TEXT),
      text: true,
      contentType: 'text/plain;charset=utf-8',
      contentEncoding: 'identity',
      replyTo: 'answers',
      correlationId: 'c-1',
      messageId: 'm-1',
      subject: 'über alles',
      userId: 'ada',
      groupId: 'g-1',
      groupSequence: 12,
      replyToGroupId: 'g-2',
      creationTime: CREATED_AT,
      ttl: 90_000,
      priority: 9,
      durable: true,
      properties: [
        ['a', '1'],
        ['b', '2'],
      ],
    },
  },
  {
    name: 'a CloudEvent',
    letter: {
      body: text('{"total":12}'),
      contentType: 'application/json',
      event: { specversion: '1.0', id: 'e-1', source: '/shop/eu', type: 'order.placed', subject: 'grün', myextension: 'x y' },
    },
  },
  { name: 'a trace', letter: { body: text('x'), context: CONTEXT } },
  { name: 'a trace, and properties', letter: { body: text('x'), context: { traceparent: CONTEXT.traceparent }, properties: [['a', '1']] } },
  {
    name: 'a CloudEvent of a trace',
    letter: {
      body: text('{}'),
      contentType: 'application/json',
      context: CONTEXT,
      event: { specversion: '1.0', id: 'e-2', source: '/shop', type: 'order.paid' },
    },
  },
];
