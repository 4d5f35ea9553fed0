import type { Outcome } from '../delivery/outcome.ts';
import type { RefusalCode } from '../delivery/refusal.ts';
import type { WaitReason } from './whereabouts.ts';

/** What a trace tells of a message, in the order in which it mostly happens. */
export const TRACE_STEPS = {
  watching: 'the trace has begun; how the address is',
  arrived: 'a producer, or another address, has sent it',
  refused: 'the address does not take it',
  routed: 'where it goes from here: diverts, and who subscribes to its topic',
  matched: 'somebody’s subscription matches, and gets it',
  skipped: 'somebody’s subscription does not get it',
  unrouted: 'nobody gets it',
  stored: 'a queue has it, under a number of its own',
  waiting: 'it is where it was, and why',
  delivered: 'it was handed to a consumer',
  settled: 'the consumer said what became of it',
  expired: 'its time to live has ended',
  'dead-lettered': 'it leaves as a dead letter',
  dropped: 'it is gone, and nobody had it',
  end: 'the trace is over',
} as const;
export type TraceStepName = keyof typeof TRACE_STEPS;

/** Who a step is about, as far as who asks may know. */
export interface TracedPeer {
  readonly protocol: string;
  readonly name: string;
  readonly user?: string;
  readonly from?: string;
}

export interface TraceStep {
  readonly atMs: number;
  /** The trace's own number of the message, from 1; 0: it is about none. */
  readonly message: number;
  readonly step: TraceStepName;
  /** Where this happened. */
  readonly address: string;
  /** The message's number in its queue, or its offset. */
  readonly sequence?: number;
  readonly peer?: TracedPeer;
  readonly refusal?: RefusalCode;
  readonly outcome?: Outcome['kind'];
  readonly reason?: WaitReason;
  /** A sentence for people. */
  readonly words: string;
}
