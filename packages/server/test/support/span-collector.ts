import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import otlp from '@opentelemetry/otlp-transformer/build/src/generated/root.js';

/** What the generated decoder's own types leave out. */
interface Decoder {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  toObject(message: object, options: { longs: typeof String; bytes: typeof Array }): object;
}
type Generated = {
  opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Decoder } } } } };
};
const { ExportTraceServiceRequest } = (otlp as unknown as Generated).opentelemetry.proto.collector.trace.v1;

type Value = { readonly stringValue?: string; readonly intValue?: string };
type Attributes = readonly { readonly key: string; readonly value: Value }[];

interface NamedEvent {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A span as OTLP has it, with its attributes by name, and ids in hexadecimal. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly flags: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number; readonly message: string };
  readonly events: readonly NamedEvent[];
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface Document {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly SpanDocument[] }[];
  }[];
}

type SpanDocument = Omit<CollectedSpan, 'attributes' | 'events'> & {
  readonly attributes: Attributes;
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[];
};

function named(attributes: Attributes): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
}

/**
 * Reads a request with the decoder that OpenTelemetry generates from the protocol's own definitions. All of it is known to that: encoded again it has as many bytes,
 * as nothing has been passed over.
 */
function decode(body: Uint8Array): Document {
  const request = ExportTraceServiceRequest.decode(body);
  assert.equal(ExportTraceServiceRequest.encode(request).finish().length, body.length);
  return ExportTraceServiceRequest.toObject(request, { longs: String, bytes: Array }) as Document;
}

function hexadecimal(bytes: unknown): string {
  return Buffer.from(bytes as number[]).toString('hex');
}

function collected(span: SpanDocument): CollectedSpan {
  const { traceId, spanId, parentSpanId, attributes, events = [] } = span;
  return {
    ...span,
    traceId: hexadecimal(traceId),
    spanId: hexadecimal(spanId),
    ...(parentSpanId !== undefined && { parentSpanId: hexadecimal(parentSpanId) }),
    attributes: named(attributes),
    events: events.map(event => ({ name: event.name, attributes: named(event.attributes) })),
  };
}

/** What takes OTLP over HTTP, in protobuf. */
export class SpanCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly resource: Record<string, string | number> }[] = [];
  /** What requests are answered with. */
  status = 200;
  #wake = Promise.withResolvers<void>();
  readonly #server = createServer(async (request, response) => {
    try {
      const { resourceSpans } = decode(await buffer(request));
      const [{ resource, scopeSpans }] = resourceSpans as [Document['resourceSpans'][number]];
      this.requests.push({ headers: request.headers, resource: named(resource.attributes) });
      if (this.status === 200) for (const { spans } of scopeSpans) this.spans.push(...spans.map(collected));
      response.writeHead(this.status, { 'content-type': 'application/x-protobuf' }).end();
    } catch (error) {
      this.#wake.reject(error);
      response.writeHead(400).end();
    }
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  });

  static async start(): Promise<SpanCollector> {
    const collector = new SpanCollector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get endpoint(): string {
    const address = this.#server.address() as { readonly port: number };
    return `http://127.0.0.1:${address.port}/v1/traces`;
  }

  /** Waits until this is so; throws when what has come cannot be read. */
  async until(holds: (collector: this) => boolean): Promise<void> {
    while (!holds(this)) await this.#wake.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
