import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CoreEvent } from '@angarium/core';
import { newTraceId, Span } from '../../src/tracing/span.ts';
import { SpanExport } from '../../src/tracing/span-export.ts';
import { SpanTemplates } from '../../src/tracing/span-template.ts';
import { SpanCollector } from '../support/span-collector.ts';

const TIMEOUT_MS = 60_000;

function exportTo(endpoint: string): { spans: SpanExport; reports: CoreEvent[] } {
  const reports: CoreEvent[] = [];
  return { spans: new SpanExport({ endpoint, headers: {}, instance: 'i', report: event => void reports.push(event) }), reports };
}

function add(spans: SpanExport, count: number): void {
  const parent = { traceId: newTraceId(), spanId: undefined, traceState: undefined };
  const template = new SpanTemplates('default').of('route', 'orders');
  for (let i = 0; i < count; i++) {
    const span = new Span(parent, template);
    span.endedMs = span.beganMs + 0.25;
    spans.add(span);
  }
}

describe('spans on their way to a collector', { concurrency: true, timeout: TIMEOUT_MS }, () => {
  test('no more spans wait than may: what comes beyond is dropped and counted, and stopping sends the rest', async () => {
    await using collector = await SpanCollector.start();
    const { spans, reports } = exportTo(collector.endpoint);
    add(spans, 10_000);
    // A batch of 512 is on its way, and 8192 wait.
    assert.equal(spans.dropped, 10_000 - 512 - 8192);
    await spans.close();
    assert.deepEqual([spans.exported, spans.dropped, collector.spans.length, reports], [8704, 1296, 8704, []]);
    const { startTimeUnixNano, endTimeUnixNano } = collector.spans[0]!;
    assert.equal(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano), 250_000n);
    add(spans, 1);
    assert.equal(spans.dropped, 1297);
  });

  test('[OTLP, retryable response codes] a collector that cannot take spans just now gets them again', async () => {
    await using collector = await SpanCollector.start();
    const { spans } = exportTo(collector.endpoint);
    collector.status = 503;
    add(spans, 512);
    await collector.until(({ requests }) => requests.length === 1);
    collector.status = 200;
    await collector.until(() => collector.spans.length === 512);
    await spans.close();
    assert.deepEqual([spans.exported, spans.dropped], [512, 0]);
  });

  test('a collector that is not there is told of once, and stopping does not wait for it', async () => {
    const gone = await SpanCollector.start();
    const { endpoint } = gone;
    await gone[Symbol.asyncDispose]();
    const { spans, reports } = exportTo(endpoint);
    add(spans, 1100);
    await spans.close();
    assert.equal(spans.dropped, 1100);
    assert.deepEqual(
      reports.map(({ level }) => level),
      ['warn'],
    );
  });
});
