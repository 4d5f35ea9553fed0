import { CLOUD_EVENT_PREFIXES } from './cloud-event-names.ts';
import type { AmqpMessage } from './message.ts';
import { type AmqpMap, AmqpSymbol } from './value.ts';

/** What takes a distributed trace along with a message (W3C Trace Context, W3C Baggage). The names are the same in all protocols. */
export const TRACE_CONTEXT_NAMES = ['traceparent', 'tracestate', 'baggage'] as const;
export type TraceContextName = (typeof TRACE_CONTEXT_NAMES)[number];
export type TraceContext = { readonly [name in TraceContextName]?: string };

/** Version, trace, parent and flags, in small hexadecimal digits; versions after 00 may say more (W3C Trace Context, section 3.2.2). */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\x20-\x7e]*)?$/;
const TRACEPARENT_00_LENGTH = 55;

export function isTraceContextName(name: string): name is TraceContextName {
  return (TRACE_CONTEXT_NAMES as readonly string[]).includes(name);
}

/** Whether a text can stand under this name. */
export function isTraceContext(name: TraceContextName, text: string): boolean {
  if (name === 'traceparent') return TRACEPARENT.test(text) && (text.length === TRACEPARENT_00_LENGTH || !text.startsWith('00'));
  return text !== '' && !/[^\x20-\x7e]/.test(text);
}

/**
 * The context of a message (W3C Trace Context: AMQP protocol): what an intermediary has put into the message annotations, else what the publisher has put into
 * the application properties, else what the event says that the message is (CloudEvents, distributed tracing extension). A tracestate
 * belongs to the traceparent that it stands beside, and means nothing without one. undefined: the message has none.
 */
export function traceContextOf({ messageAnnotations, applicationProperties }: AmqpMessage): TraceContext | undefined {
  if (messageAnnotations === undefined && applicationProperties === undefined) return undefined;
  const places: [map: AmqpMap | undefined, prefix: string][] = [
    [messageAnnotations, ''],
    [applicationProperties, ''],
    ...CLOUD_EVENT_PREFIXES.map((prefix): [AmqpMap | undefined, string] => [applicationProperties, prefix]),
  ];
  const context: { [name in TraceContextName]?: string } = {};
  for (const [map, prefix] of places) {
    const traceparent = textIn(map, prefix, 'traceparent');
    if (traceparent === undefined) continue;
    context.traceparent = traceparent;
    const tracestate = textIn(map, prefix, 'tracestate');
    if (tracestate !== undefined) context.tracestate = tracestate;
    break;
  }
  const baggage = textIn(messageAnnotations, '', 'baggage') ?? textIn(applicationProperties, '', 'baggage');
  if (baggage !== undefined) context.baggage = baggage;
  return context.traceparent === undefined && baggage === undefined ? undefined : context;
}

function textIn(map: AmqpMap | undefined, prefix: string, name: TraceContextName): string | undefined {
  if (map === undefined) return undefined;
  const wanted = prefix + name;
  for (const [key, value] of map.entries)
    if ((key instanceof AmqpSymbol ? key.value : key) === wanted)
      return typeof value === 'string' && isTraceContext(name, value) ? value : undefined;
  return undefined;
}
