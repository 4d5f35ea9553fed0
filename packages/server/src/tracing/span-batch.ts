import { VERSION } from '../version.ts';
import { putAttribute, putSpan } from './otlp-span.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import type { Span } from './span.ts';

/** Spans of one request. */
export const BATCH_SPANS_MAX = 512;
/** Bytes of a request's spans, from which on no further ones are put into it. */
const BATCH_BYTES_MAX = 256 * 1024;
/** What batches begin with: spans have about 400 bytes each. */
const BATCH_BYTES = 64 * 1024;

/** The version of the conventions that names of attributes are of. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0';

/*
 * What spans are sent in (opentelemetry/proto/collector/trace/v1/trace_service.proto, trace/v1/trace.proto):
 *
 *     ExportTraceServiceRequest  1 resource_spans*
 *     ResourceSpans              1 resource: 1 attributes*   2 scope_spans*   3 schema_url
 *     ScopeSpans                 1 scope: 1 name, 2 version   2 spans*   3 schema_url
 */
const RESOURCE_SPANS = 1;
const RESOURCE = 1;
const RESOURCE_ATTRIBUTES = 1;
const SCOPE_SPANS = 2;
const SCOPE = 1;
const SCOPE_NAME = 1;
const SCOPE_VERSION = 2;
const SPANS = 2;
const SCHEMA = 3;

/** Spans as OTLP has them, encoded as soon as they end: what waits for a collector are bytes, and no objects. */
export class SpanBatch {
  readonly #spans = new ProtobufWriter(BATCH_BYTES);
  count = 0;

  get full(): boolean {
    return this.count >= BATCH_SPANS_MAX || this.#spans.length >= BATCH_BYTES_MAX;
  }

  add(span: Span): void {
    putSpan(this.#spans, SPANS, span);
    this.count++;
  }

  clear(): void {
    this.#spans.length = 0;
    this.count = 0;
  }

  /** The request; `instance` tells this server from others. */
  request(instance: string): Uint8Array<ArrayBuffer> {
    const writer = new ProtobufWriter(this.#spans.length + 1024);
    const resourceSpans = writer.begin(RESOURCE_SPANS);
    const resource = writer.begin(RESOURCE);
    putAttribute(writer, 'service.name', 'angarium', RESOURCE_ATTRIBUTES);
    putAttribute(writer, 'service.version', VERSION, RESOURCE_ATTRIBUTES);
    putAttribute(writer, 'service.instance.id', instance, RESOURCE_ATTRIBUTES);
    writer.end(resource);
    const scopeSpans = writer.begin(SCOPE_SPANS);
    const scope = writer.begin(SCOPE);
    writer.text(SCOPE_NAME, 'angarium');
    writer.text(SCOPE_VERSION, VERSION);
    writer.end(scope);
    writer.raw(this.#spans.written);
    writer.text(SCHEMA, SCHEMA_URL);
    writer.end(scopeSpans);
    writer.text(SCHEMA, SCHEMA_URL);
    writer.end(resourceSpans);
    return writer.written;
  }
}
