import type { Standing } from '@angarium/core';

/** Something that sends to an address, or receives from it, as administrators see it, whatever its protocol. */
export interface ListedLink {
  /** The same object for as long as it is there: by it, it is known when it is looked at again. */
  readonly identity: object;
  /** As the peer calls it. */
  readonly name: string;
  readonly role: 'producer' | 'consumer';
  /** As the peer has said it: a name, an alias, a pattern of topics. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** How it stands with its address; undefined: its protocol has no credit, or there is no address just now. */
  readonly standing: Standing | undefined;
  readonly selector?: string | undefined;
  /** Messages that have gone over it; absent: they are not counted for it alone. */
  readonly delivered?: number;
  /** Deliveries to it that it has not settled. */
  readonly unsettled?: number;
  /** Of those the one that was made first, by anything that is the same each time; undefined: there is none. */
  readonly oldestUnsettled?: unknown;
  /** Of a consumer: messages that it could have at once, were there credit. */
  readonly available?: number;
  /** Why it gets nothing for now although it has credit, in words that follow its name. */
  readonly pausedWhy?: string | undefined;
}

/** Who has links: a connection, or something that acts for others without having one of its own. */
export interface LinkPeer {
  readonly protocol: string;
  readonly client: string;
  readonly user: string | undefined;
  /** Where it is; empty: it is no one place. */
  readonly peer: string;
  /** It carries messages to or from somewhere else. */
  readonly remote?: true;
}
