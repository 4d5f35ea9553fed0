import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** What a span is to who sent, and to who receives (OpenTelemetry, `SpanKind`): the values are OTLP's. */
export const SPAN_INTERNAL = 1;
export const SPAN_PRODUCER = 4;
export const SPAN_CONSUMER = 5;

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export type AttributeValue = string | number;

/** Where spans belong: a trace, and in it the span that they are part of. */
export interface SpanParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits; undefined: the trace begins here. */
  readonly spanId: string | undefined;
  /** As the sender said it; undefined: nothing. */
  readonly traceState: string | undefined;
}

/** One operation of a trace, from its beginning to its end (OpenTelemetry, `Span`). Times are milliseconds since the epoch, with fractions. */
export class Span implements SpanParent {
  readonly traceId: string;
  readonly spanId = randomHex(SPAN_ID_BYTES);
  readonly parentId: string | undefined;
  readonly traceState: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly beganMs = spanNowMs();
  endedMs = 0;
  readonly attributes: [name: string, value: AttributeValue][];
  readonly events: { readonly name: string; readonly atMs: number; readonly attributes: readonly [string, AttributeValue][] }[] = [];
  /** In words, where the operation failed. */
  failure: string | undefined;

  constructor(parent: SpanParent, name: string, kind: number, attributes: [string, AttributeValue][]) {
    this.traceId = parent.traceId;
    this.parentId = parent.spanId;
    this.traceState = parent.traceState;
    this.name = name;
    this.kind = kind;
    this.attributes = attributes;
  }

  happened(name: string, attributes: readonly [string, AttributeValue][]): void {
    this.events.push({ name, atMs: spanNowMs(), attributes });
  }
}

/** Finer than a turn's time, and never backwards. */
export function spanNowMs(): number {
  return performance.timeOrigin + performance.now();
}

export function newTraceId(): string {
  return randomHex(TRACE_ID_BYTES);
}

/** Bytes that are taken one after the other: to get some costs the same for eight and for thousands. */
const random = Buffer.alloc(4096);
let randomAt = random.length;

function randomHex(bytes: number): string {
  if (randomAt + bytes > random.length) {
    randomFillSync(random);
    randomAt = 0;
  }
  randomAt += bytes;
  return random.toString('hex', randomAt - bytes, randomAt);
}
