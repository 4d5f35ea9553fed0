import type { Broker } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { ListedConnection } from '@angarium/transport';
import type { AuthorityHealth } from '../identity/authority-health.ts';
import type { TokenUses } from '../identity/token-uses.ts';
import type { TurnMemo } from './turn-memo.ts';

/** Who knows users, besides their documents. */
export interface Identities {
  /** Of an AuthenticationService; undefined: nobody has needed it yet, or it asks nobody. */
  health(authenticationService: string): AuthorityHealth | undefined;
  /** Whether there is such a user, or may be one that an authentication service knows. */
  mayHave(space: string, user: string): boolean;
}

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
  /** Absent where nobody logs in. */
  readonly identities?: Identities | undefined;
  /** When tokens of service accounts were last used. */
  readonly tokenUses: TokenUses;
  /** For what would be counted anew for each document of a list. */
  readonly memo: TurnMemo;
}
