import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** 16 bytes, as words of 32 bits: they go to a collector as they are, and no text is made of them. */
export type TraceId = readonly [number, number, number, number];
/** 8 bytes. */
export type SpanId = readonly [number, number];

export type AttributeValue = string | number;

/** Where spans belong: a trace, and in it the span that they are part of. */
export interface SpanParent {
  readonly traceId: TraceId;
  /** undefined: the trace begins here. */
  readonly spanId: SpanId | undefined;
  /** As the sender said it; undefined: nothing. */
  readonly traceState: string | undefined;
}

/** What happened at one moment of a span. */
interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: readonly AttributeValue[];
}

/** One operation of a trace, from its beginning to its end (OpenTelemetry, `Span`). Times are milliseconds since the epoch, with fractions. */
export class Span implements SpanParent {
  readonly traceId: TraceId;
  readonly spanId: SpanId = [randomWord(), randomWord()];
  readonly parentId: SpanId | undefined;
  readonly traceState: string | undefined;
  /** What spans of its operation and address have in common, as the collector gets it (`SpanTemplates`). */
  readonly template: Uint8Array;
  readonly beganMs = spanNowMs();
  endedMs = 0;
  /** Names and values in turns. */
  readonly attributes: AttributeValue[] = [];
  readonly events: SpanEvent[] = [];
  /** In words, where the operation failed. */
  failure: string | undefined;

  constructor(parent: SpanParent, template: Uint8Array) {
    this.traceId = parent.traceId;
    this.parentId = parent.spanId;
    this.traceState = parent.traceState;
    this.template = template;
  }

  set(name: string, value: AttributeValue): void {
    this.attributes.push(name, value);
  }

  happened(name: string, attributes: readonly AttributeValue[], atMs = spanNowMs()): void {
    this.events.push({ name, atMs, attributes });
  }
}

const { timeOrigin } = performance;

/** Finer than a turn's time, and never backwards. */
export function spanNowMs(): number {
  return timeOrigin + performance.now();
}

export function newTraceId(): TraceId {
  return [randomWord(), randomWord(), randomWord(), randomWord()];
}

/** Words that are taken one after the other: to get some costs the same for one and for thousands. */
const random = new Int32Array(1024);
let randomAt = random.length;

function randomWord(): number {
  if (randomAt === random.length) {
    randomFillSync(random);
    randomAt = 0;
  }
  return random[randomAt++]!;
}
