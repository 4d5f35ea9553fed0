import type { ProtobufWriter } from './protobuf-writer.ts';
import type { AttributeValue, Span } from './span.ts';

/*
 * Fields of OTLP's messages (OpenTelemetry Protocol 1.9: opentelemetry/proto/trace/v1/trace.proto, common/v1/common.proto):
 *
 *     Span      1 trace_id (16 bytes)   2 span_id (8 bytes)   3 trace_state   4 parent_span_id (8 bytes)   5 name   6 kind
 *               7 start_time_unix_nano (fixed64)   8 end_time_unix_nano (fixed64)   9 attributes*   11 events*   15 status   16 flags (fixed32)
 *     Event     1 time_unix_nano (fixed64)   2 name   3 attributes*
 *     Status    2 message   3 code
 *     KeyValue  1 key   2 value: AnyValue, of which 1 is a string and 3 a whole number
 */
const SPAN_TRACE_ID = 1;
const SPAN_ID = 2;
const SPAN_TRACE_STATE = 3;
const SPAN_PARENT_ID = 4;
export const SPAN_NAME = 5;
export const SPAN_KIND = 6;
const SPAN_START = 7;
const SPAN_END = 8;
const SPAN_ATTRIBUTES = 9;
const SPAN_EVENTS = 11;
const SPAN_STATUS = 15;
const SPAN_FLAGS = 16;
const EVENT_TIME = 1;
const EVENT_NAME = 2;
const EVENT_ATTRIBUTES = 3;
const STATUS_MESSAGE = 2;
const STATUS_CODE = 3;
const KEY = 1;
const VALUE = 2;
const VALUE_STRING = 1;
const VALUE_WHOLE = 3;

const STATUS_ERROR = 2;
const FLAG_SAMPLED = 1;
/** A text that peers may make as long as they like is cut to this, in UTF-16 units. */
const TEXT_LENGTH_MAX = 1024;
const WORD = 2 ** 32;
/** A double has microseconds left of times of these years. */
const MICROSECONDS = 1000;
const NANOSECONDS = 1000;

/** Writes a span as this field of the message that is being written. */
export function putSpan(writer: ProtobufWriter, field: number, span: Span): void {
  const start = writer.begin(field);
  writer.words(SPAN_TRACE_ID, span.traceId);
  writer.words(SPAN_ID, span.spanId);
  if (span.traceState !== undefined) writer.text(SPAN_TRACE_STATE, span.traceState);
  if (span.parentId !== undefined) writer.words(SPAN_PARENT_ID, span.parentId);
  writer.raw(span.template);
  putTime(writer, SPAN_START, span.beganMs);
  putTime(writer, SPAN_END, span.endedMs);
  putAttributes(writer, SPAN_ATTRIBUTES, span.attributes);
  for (const { name, atMs, attributes } of span.events) {
    const event = writer.begin(SPAN_EVENTS);
    putTime(writer, EVENT_TIME, atMs);
    writer.text(EVENT_NAME, name);
    putAttributes(writer, EVENT_ATTRIBUTES, attributes);
    writer.end(event);
  }
  if (span.failure !== undefined) {
    const status = writer.begin(SPAN_STATUS);
    writer.text(STATUS_MESSAGE, shortened(span.failure));
    writer.whole(STATUS_CODE, STATUS_ERROR);
    writer.end(status);
  }
  writer.fixed32(SPAN_FLAGS, FLAG_SAMPLED);
  writer.end(start);
}

function putTime(writer: ProtobufWriter, field: number, ms: number): void {
  const microseconds = Math.round(ms * MICROSECONDS);
  const low = (microseconds % WORD) * NANOSECONDS;
  writer.fixed64(field, Math.floor(microseconds / WORD) * NANOSECONDS + Math.floor(low / WORD), low % WORD);
}

function putAttributes(writer: ProtobufWriter, field: number, attributes: readonly AttributeValue[]): void {
  for (let i = 0; i < attributes.length; i += 2) putAttribute(writer, attributes[i] as string, attributes[i + 1]!, field);
}

export function putAttribute(writer: ProtobufWriter, name: string, value: AttributeValue, field = SPAN_ATTRIBUTES): void {
  const start = writer.begin(field);
  writer.text(KEY, name);
  const valueStart = writer.begin(VALUE);
  if (typeof value === 'string') writer.text(VALUE_STRING, shortened(value));
  else writer.whole(VALUE_WHOLE, value);
  writer.end(valueStart);
  writer.end(start);
}

function shortened(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX - 1)}…` : text;
}
