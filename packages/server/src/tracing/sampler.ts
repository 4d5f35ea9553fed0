import { isTraceContext } from '@angarium/codec-amqp';
import { ANNOTATIONS_PREFIX, type ContentEncodings, type Message, type MessageFields } from '@angarium/core';
import { newTraceId, type SpanParent } from './span.ts';

/** Where a message says which trace it belongs to, in the order in which they count (see `traceContextOf` of the AMQP codec). */
const PLACES = [ANNOTATIONS_PREFIX, '', 'cloudEvents:', 'cloudEvents_'];
/** Where the parts of a traceparent stand: `00-{trace, 32 digits}-{parent, 16 digits}-{flags, 2 digits}` (W3C Trace Context, section 3.2.2). */
const TRACE_AT = 3;
const PARENT_AT = 36;
const FLAGS_AT = 53;
const FLAGS_END = 55;
const FLAG_SAMPLED = 1;
/** Every encoding has the name in these bytes. */
const NAME = Buffer.from('traceparent');
/** A message of so many bytes is searched for the name before its fields are asked for, which takes longer. */
const SEARCHED_BYTES_MAX = 4096;

/**
 * Which messages have spans: those whose sender samples his trace, none whose sender does not, and of those without a trace every so many one, with which a
 * trace begins.
 */
export class Sampler {
  readonly #encodings: Pick<ContentEncodings, 'of'>;
  readonly #oneIn: number;
  #passed = 0;

  /** `oneIn` 0: no trace begins here. */
  constructor(encodings: Pick<ContentEncodings, 'of'>, oneIn: number) {
    this.#encodings = encodings;
    this.#oneIn = oneIn;
  }

  /** undefined: the message has no spans. */
  parentFor(message: Message): SpanParent | undefined {
    const fields = mayBelong(message) ? this.#encodings.of(message.encoding)?.fields(message) : undefined;
    const context = fields && contextIn(fields);
    if (context) return context.sampled ? context.parent : undefined;
    if (this.#oneIn === 0 || ++this.#passed < this.#oneIn) return undefined;
    this.#passed = 0;
    return { traceId: newTraceId(), spanId: undefined, traceState: undefined };
  }
}

/** Whether the message can belong to a trace; no: it does not. */
function mayBelong({ bytes, start, end }: Message): boolean {
  return end - start > SEARCHED_BYTES_MAX || Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).includes(NAME);
}

function contextIn(fields: MessageFields): { readonly sampled: boolean; readonly parent: SpanParent } | undefined {
  for (const place of PLACES) {
    const traceparent = fields.get(`${place}traceparent`);
    if (typeof traceparent !== 'string' || !isTraceContext('traceparent', traceparent)) continue;
    const traceState = fields.get(`${place}tracestate`);
    return {
      sampled: (Number.parseInt(traceparent.slice(FLAGS_AT, FLAGS_END), 16) & FLAG_SAMPLED) !== 0,
      parent: {
        traceId: traceparent.slice(TRACE_AT, PARENT_AT - 1),
        spanId: traceparent.slice(PARENT_AT, FLAGS_AT - 1),
        traceState: typeof traceState === 'string' && isTraceContext('tracestate', traceState) ? traceState : undefined,
      },
    };
  }
  return undefined;
}
