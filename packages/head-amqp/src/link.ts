import type { AmqpError, FlowReader } from '@angarium/codec-amqp';
import type { Outcome, Refusal } from '@angarium/core';
import type { ListedLink } from '@angarium/transport';

/** How a link ends, as far as its address is concerned. */
export interface LinkEnd {
  /** The peer closed it: nothing of it shall remain. Otherwise it may come back. */
  readonly closed: boolean;
  /** It did not end in order: the peer is lost, or ended it with an error. What was left for this case is due. */
  readonly failed: boolean;
  /** What its unsettled deliveries come to. */
  readonly outcome: Outcome;
}

/** One end of a link, in a session's table of handles. */
export interface Link {
  readonly name: string;
  /** Of the frames that we send, and of those of the peer. */
  readonly handle: number;
  readonly peerHandle: number;
  /** We send on it. */
  readonly sends: boolean;
  /** As administrators see it: one, but for a sender that names an address with each message. */
  listed(): Iterable<ListedLink>;
  /** A flow is to be written at the end of the turn. */
  flowDue: boolean;
  flow(flow: FlowReader): void;
  writeFlow(): void;
  /** Asked when the rights of its peer have changed: why it may not go on. */
  askAgain: (() => Refusal | undefined) | undefined;
  /** The link is gone: it leaves its address. */
  release(end: LinkEnd): void;
}

/** Part 2, section 2.8.18: another link of the same name has taken its place. */
export function stolen(name: string): AmqpError {
  return { condition: 'amqp:link:stolen', description: `The link ${name} was attached again.` };
}
