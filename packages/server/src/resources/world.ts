import type { Broker } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { ListedConnection } from '@angarium/transport';
import type { TokenUses } from '../identity/token-uses.ts';
import type { TurnMemo } from './turn-memo.ts';

/** What kinds may ask of the server that they are documents of. */
export interface World {
  readonly broker: Broker;
  /** The server's own name, which stays the same. */
  readonly containerId: string;
  /** URLs by protocol. */
  readonly endpoints: () => Readonly<Record<string, string>>;
  /** All that are open, of all protocols. */
  readonly connections: () => Iterable<ListedConnection>;
  /** Connections that the server opens itself; absent until the log was read. */
  readonly connectors?: Connectors | undefined;
  /** When tokens of service accounts were last used. */
  readonly tokenUses: TokenUses;
  /** For what would be counted anew for each document of a list. */
  readonly memo: TurnMemo;
}
