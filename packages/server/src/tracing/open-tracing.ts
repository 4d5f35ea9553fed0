import type { AddressSpace, Broker, Report, Turn } from '@angarium/core';
import type { Configuration } from '../configuration.ts';
import { MessageSpans } from './message-spans.ts';
import { Sampler } from './sampler.ts';
import { SpanExport } from './span-export.ts';

export interface TracingOptions {
  readonly broker: Broker;
  readonly turn: Pick<Turn, 'nowMs'>;
  readonly configuration: Pick<Configuration, 'tracingEndpoint' | 'tracingOneIn' | 'tracingPerSecond' | 'tracingHeaders'>;
  /** What tells this server from others. */
  readonly instance: string;
  readonly report: Report;
}

/** Spans of messages, on their way to a collector. */
export interface Tracing {
  /** How many spans the collector has, and how many nobody has. */
  readonly spans: { readonly exported: number; readonly dropped: number };
  /** Messages of this space have spans from now on. */
  follow(space: AddressSpace): void;
  /** The space is gone. */
  forget(space: AddressSpace): void;
  /** Sends what it has, for a short time at the most. */
  close(): Promise<void>;
}

/** undefined: there is no collector, and nothing observes any message. */
export function openTracing({ broker, turn, configuration, instance, report }: TracingOptions): Tracing | undefined {
  const { tracingEndpoint, tracingOneIn: oneIn, tracingPerSecond: perSecond, tracingHeaders } = configuration;
  if (tracingEndpoint === 'off') return undefined;
  const headers = Object.fromEntries(tracingHeaders.map(({ name, value }) => [name, value]));
  const spans = new SpanExport({ endpoint: tracingEndpoint, headers, instance, report });
  const sampler = new Sampler({ encodings: broker.encodings, oneIn, perSecond, nowMs: () => turn.nowMs });
  const followed = new Map<AddressSpace, () => void>();
  const forget = (space: AddressSpace): void => {
    followed.get(space)?.();
    followed.delete(space);
  };
  return {
    spans,
    follow(space) {
      if (followed.has(space)) return;
      const of = new MessageSpans({ broker, space, sampler, add: span => spans.add(span) });
      const unobserve = space.observation.observeAll(of);
      followed.set(space, () => {
        unobserve();
        of.close();
      });
    },
    forget,
    async close() {
      for (const space of [...followed.keys()]) forget(space);
      await spans.close();
    },
  };
}
