import { isTraceContext } from '@angarium/codec-amqp';
import { ANNOTATIONS_PREFIX, type ContentEncodings, type FieldValue, type Message, type MessageFields, TextSearch } from '@angarium/core';
import { newTraceId, type SpanParent } from './span.ts';

/** Where a message says which trace it belongs to, in the order in which they count (see `traceContextOf` of the AMQP codec). */
const PLACES = [ANNOTATIONS_PREFIX, '', 'cloudEvents:', 'cloudEvents_'];
/** Where the parts of a traceparent stand: `00-{trace, 32 digits}-{parent, 16 digits}-{flags, 2 digits}` (W3C Trace Context, section 3.2.2). */
const TRACE_AT = 3;
const PARENT_AT = 36;
const FLAGS_AT = 53;
const LENGTH = 55;
const FLAG_SAMPLED = 1;
const WORD_DIGITS = 8;
/** Longer ones may be left out (W3C Trace Context, section 3.3.1.5). */
const TRACE_STATE_LENGTH_MAX = 512;

/** Every encoding has the name in these bytes. */
const NAME = new TextSearch('traceparent');
/** Between the name and a text of this length: a type or a high byte, and the length (AMQP's `str8-utf8` and `sym8`, MQTT's user properties). */
const LENGTH_BYTES = 2;

const ZERO = 0x30;
const DASH = 0x2d;
/** What hexadecimal digits are worth, by their bytes; −1: it is none, or a large one. */
const DIGITS = new Int8Array(256).fill(-1);
for (const [worth, digit] of [...'0123456789abcdef'].entries()) DIGITS[digit.charCodeAt(0)] = worth;

export interface SamplerOptions {
  readonly encodings: Pick<ContentEncodings, 'of'>;
  /** Of messages without a trace one in so many begins one; 0: none does. */
  readonly oneIn: number;
  /** Traces that begin here, in a second, at the most. */
  readonly perSecond: number;
  readonly nowMs: () => number;
}

/**
 * Which messages have spans: those whose sender samples his trace, none whose sender does not, and of those without a trace every so many one, with which a
 * trace begins. All messages are asked, so that what is asked first is the cheapest: whether the name of a context stands anywhere in what was added to it.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  #passed = 0;
  /** When traces that have begun would have begun at an even pace: at most a second after now. */
  #paceMs = Number.NEGATIVE_INFINITY;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** undefined: the message has no spans. */
  parentFor(message: Message): SpanParent | undefined {
    const { encodings, oneIn } = this.#options;
    const encoding = encodings.of(message.encoding);
    const found = encoding === undefined ? -1 : encoding.find(message, NAME, message.start);
    if (found >= 0) {
      for (let at = found; ; ) {
        // One that may count, or that only decoding tells of.
        if (!isUnsampled(message.bytes, at + NAME.length + LENGTH_BYTES, message.end)) break;
        at = encoding!.find(message, NAME, at + NAME.length);
        if (at < 0) return undefined;
      }
      const context = contextIn(encoding!.fields(message));
      if (context) return context.sampled ? context.parent : undefined;
    }
    if (oneIn === 0 || ++this.#passed < oneIn) return undefined;
    this.#passed = 0;
    return this.#keepsPace() ? { traceId: newTraceId(), spanId: undefined, traceState: undefined } : undefined;
  }

  #keepsPace(): boolean {
    const nowMs = this.#options.nowMs();
    const paceMs = Math.max(this.#paceMs, nowMs - 1000) + 1000 / this.#options.perSecond;
    if (paceMs > nowMs) return false;
    this.#paceMs = paceMs;
    return true;
  }
}

/** Whether a traceparent stands there that says that its trace is not sampled. */
function isUnsampled(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start - 1] !== LENGTH || start + LENGTH > end || bytes[start] !== ZERO || bytes[start + 1] !== ZERO) return false;
  if (bytes[start + TRACE_AT - 1] !== DASH || bytes[start + PARENT_AT - 1] !== DASH || bytes[start + FLAGS_AT - 1] !== DASH) return false;
  const trace = digitsIn(bytes, start + TRACE_AT, start + PARENT_AT - 1);
  const parent = digitsIn(bytes, start + PARENT_AT, start + FLAGS_AT - 1);
  const flags = digitsIn(bytes, start + FLAGS_AT, start + LENGTH);
  const last = DIGITS[bytes[start + LENGTH - 1]!]!;
  return trace > 0 && parent > 0 && flags >= 0 && (last & FLAG_SAMPLED) === 0;
}

/** 0: all of them are zero; less: there is something else than digits. */
function digitsIn(bytes: Uint8Array, start: number, end: number): number {
  let all = 0;
  for (let at = start; at < end; at++) all |= DIGITS[bytes[at]!]!;
  return all;
}

function isTraceState(value: FieldValue): value is string {
  return typeof value === 'string' && value.length <= TRACE_STATE_LENGTH_MAX && isTraceContext('tracestate', value);
}

function contextIn(fields: MessageFields): { readonly sampled: boolean; readonly parent: SpanParent } | undefined {
  for (const place of PLACES) {
    const traceparent = fields.get(`${place}traceparent`);
    if (typeof traceparent !== 'string' || !isTraceContext('traceparent', traceparent)) continue;
    const traceState = fields.get(`${place}tracestate`);
    const word = (at: number): number => Number.parseInt(traceparent.slice(at, at + WORD_DIGITS), 16);
    const [first, second, third, fourth] = [0, 1, 2, 3].map(at => word(TRACE_AT + at * WORD_DIGITS)) as [number, number, number, number];
    return {
      sampled: (Number.parseInt(traceparent.slice(FLAGS_AT, LENGTH), 16) & FLAG_SAMPLED) !== 0,
      parent: {
        traceId: [first, second, third, fourth],
        spanId: [word(PARENT_AT), word(PARENT_AT + WORD_DIGITS)],
        traceState: isTraceState(traceState) ? traceState : undefined,
      },
    };
  }
  return undefined;
}
