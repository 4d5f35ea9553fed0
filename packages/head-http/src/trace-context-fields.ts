import { isTraceContext, TRACE_CONTEXT_NAMES, type TraceContextName } from '@angarium/codec-amqp';
import type { SentMessage } from './sent-message.ts';

/** What a request, or a JSON message, says of the trace that it belongs to. */
export type GivenContext = { [name in TraceContextName]?: string };

/** A header field more: several of one name are one list, in their order (RFC 9110, section 5.3). */
export function addContextField(given: GivenContext | undefined, name: TraceContextName, value: string): GivenContext {
  const context = given ?? {};
  const before = context[name];
  context[name] = before === undefined ? value : `${before},${value}`;
  return context;
}

/**
 * The context becomes that of the message, where the message says none itself: application properties of the same names (W3C Trace Context: AMQP
 * protocol). What is no context is passed over, as the specification wants it (section 3.2.2), and a tracestate without its traceparent too.
 */
export function putContext(given: GivenContext, { applicationProperties }: SentMessage): void {
  const said = (name: string): boolean => applicationProperties.some(([each]) => each === name);
  const { traceparent } = given;
  const joins = traceparent !== undefined && isTraceContext('traceparent', traceparent) && !said('traceparent') && !said('tracestate');
  for (const name of TRACE_CONTEXT_NAMES) {
    const value = given[name];
    if (value === undefined || !isTraceContext(name, value)) continue;
    if (name === 'baggage' ? !said(name) : joins) applicationProperties.push([name, value]);
  }
}
