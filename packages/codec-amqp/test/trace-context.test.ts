import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AmqpMap, type AmqpMessage, AmqpSymbol, type AmqpValue, isTraceContext, traceContextOf, uint } from '../src/index.ts';

const traceparentOf = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
const map = (entries: Readonly<Record<string, AmqpValue>>): AmqpMap =>
  new AmqpMap(Object.entries(entries).map(([name, value]) => [name, value]));

function message(own: Readonly<Record<string, AmqpValue>>, annotations?: AmqpMap): AmqpMessage {
  return { body: { kind: 'none' }, applicationProperties: map(own), ...(annotations && { messageAnnotations: annotations }) };
}

test('[W3C Trace Context: AMQP] what an intermediary has noted counts before what the publisher has said, and each has its own tracestate', () => {
  const own = { traceparent: traceparentOf('1'), tracestate: 'a=1', baggage: 'who=ada' };
  assert.deepEqual(traceContextOf(message(own)), own);
  const annotations = new AmqpMap([[new AmqpSymbol('traceparent'), traceparentOf('2')]]);
  assert.deepEqual(traceContextOf(message(own, annotations)), { traceparent: traceparentOf('2'), baggage: 'who=ada' });
});

test('[CloudEvents, distributed tracing] an event’s own trace is that of its message where the message says none', () => {
  const event = { 'cloudEvents:traceparent': traceparentOf('3'), 'cloudEvents:tracestate': 'e=1' };
  assert.deepEqual(traceContextOf(message(event)), { traceparent: traceparentOf('3'), tracestate: 'e=1' });
  assert.deepEqual(traceContextOf(message({ cloudEvents_traceparent: traceparentOf('4') })), { traceparent: traceparentOf('4') });
  assert.deepEqual(traceContextOf(message({ ...event, traceparent: traceparentOf('5') })), { traceparent: traceparentOf('5') });
});

test('what is no context is none: a tracestate alone, other types, characters that a header field cannot have', () => {
  for (const own of [
    {},
    { tracestate: 'a=1' },
    { traceparent: uint(1) },
    { traceparent: 'x' },
    { baggage: 'a=1\r\nset-cookie: b=2' },
    { baggage: 'grün' },
  ])
    assert.equal(traceContextOf(message(own)), undefined, JSON.stringify(own));
  assert.equal(traceContextOf({ body: { kind: 'none' } }), undefined);
});

test('[W3C Trace Context, 3.2.2] a traceparent has a version, a trace, a parent and flags; later versions may say more', () => {
  const good = traceparentOf('a');
  for (const [text, valid] of [
    [good, true],
    [`cc${good.slice(2)}`, true],
    [`cc${good.slice(2)}-more`, true],
    [`${good}-more`, false],
    [`ff${good.slice(2)}`, false],
    [good.toUpperCase(), false],
    [traceparentOf('0'), false],
    [`00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`, false],
    [good.slice(0, -1), false],
    [`${good}\n`, false],
  ] as const)
    assert.equal(isTraceContext('traceparent', text), valid, text);
});
