import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

type Value = { readonly stringValue?: string; readonly intValue?: string };
type Attributes = readonly { readonly key: string; readonly value: Value }[];

/** A span as OTLP has it, with its attributes by name. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number; readonly message: string };
  readonly events: readonly { readonly name: string }[];
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface Document {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes'> & { readonly attributes: Attributes })[];
    }[];
  }[];
}

function named(attributes: Attributes): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
}

/** What takes OTLP over HTTP, in JSON. */
export class SpanCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly resource: Record<string, string | number> }[] = [];
  /** What requests are answered with. */
  status = 200;
  #wake = Promise.withResolvers<void>();
  readonly #server = createServer(async (request, response) => {
    const { resourceSpans } = JSON.parse(await text(request)) as Document;
    const [{ resource, scopeSpans }] = resourceSpans as [Document['resourceSpans'][number]];
    this.requests.push({ headers: request.headers, resource: named(resource.attributes) });
    if (this.status === 200)
      for (const { spans } of scopeSpans) this.spans.push(...spans.map(span => ({ ...span, attributes: named(span.attributes) })));
    response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
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

  /** Waits until this is so. */
  async until(holds: (collector: this) => boolean): Promise<void> {
    while (!holds(this)) await this.#wake.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
