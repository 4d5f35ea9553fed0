import { compileSelector, SelectorError } from '@angarium/core';

/** Moves messages between one address of ours and one of a remote server, over a connector. */
export interface ForwarderSpec {
  /** The connector, of the same address space. */
  readonly connector: string;
  /** Ours. */
  readonly address: string;
  readonly remoteAddress: string;
  /** `out`: from ours to the remote's; `in`: the other way round. */
  readonly direction: 'in' | 'out';
  /** The durable subscription to forward from: of our topic or stream for `out`, of the remote's topic for `in`. `out` has one of its own where it is absent. */
  readonly subscription?: string;
  /** Only these messages. For `in` the remote has to support it. */
  readonly selector?: string;
  /** `in`: the most messages that the remote may send ahead; as many as our address takes where it is absent. */
  readonly creditWindow?: number;
  /** Told to the remote with its address: some brokers ask for `queue` or `topic`. */
  readonly capabilities?: readonly string[];
  /** Nothing is forwarded for as long as it says so. */
  readonly paused?: boolean;
}

/** Why there cannot be such a forwarder, in words. */
export function refuseForwarderSpec({ direction, selector, creditWindow }: ForwarderSpec): string | undefined {
  if (direction === 'out' && creditWindow !== undefined) return 'creditWindow is of direction in: for out the remote gives the credit';
  const filter = selector === undefined ? undefined : compileSelector(selector);
  return filter instanceof SelectorError ? `the selector is not valid: ${filter.message}` : undefined;
}
