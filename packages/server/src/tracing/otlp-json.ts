import { VERSION } from '../version.ts';
import type { AttributeValue, Span } from './span.ts';

/** The version of the conventions that names of attributes are of. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';
const STATUS_ERROR = 2;
const FLAG_SAMPLED = 1;

/** Spans as OTLP has them in JSON (OpenTelemetry Protocol 1.9, section "JSON Protobuf Encoding": ids in hexadecimal, 64-bit integers as texts). */
export function otlpJson(spans: readonly Span[], instance: string): string {
  const resource = attributesOf([
    ['service.name', 'angarium'],
    ['service.version', VERSION],
    ['service.instance.id', instance],
  ]);
  const scope = { name: 'angarium', version: VERSION };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [{ scope, spans: spans.map(spanOf), schemaUrl: SCHEMA_URL }],
        schemaUrl: SCHEMA_URL,
      },
    ],
  });
}

function spanOf(span: Span): unknown {
  const { traceId, spanId, parentId, traceState, name, kind, beganMs, endedMs, attributes, events, failure } = span;
  return {
    traceId,
    spanId,
    ...(parentId !== undefined && { parentSpanId: parentId }),
    ...(traceState !== undefined && { traceState }),
    flags: FLAG_SAMPLED,
    name,
    kind,
    startTimeUnixNano: nanoseconds(beganMs),
    endTimeUnixNano: nanoseconds(endedMs),
    attributes: attributesOf(attributes),
    events: events.map(event => ({ name: event.name, timeUnixNano: nanoseconds(event.atMs), attributes: attributesOf(event.attributes) })),
    ...(failure !== undefined && { status: { code: STATUS_ERROR, message: failure } }),
  };
}

function attributesOf(attributes: readonly (readonly [string, AttributeValue])[]): unknown[] {
  return attributes.map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

/** A double has microseconds left of times of these years. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}
