import type { ListedLink } from './listed-link.ts';

/** A connection as administrators see it, whatever its protocol. */
export interface ConnectionStatus {
  /** With its version, as in `MQTT 5.0`. */
  readonly protocol: string;
  /** What the client calls itself: a container id, a client identifier. Empty where it has not said so. */
  readonly client: string;
  readonly user: string | undefined;
  readonly peer: string;
  readonly addressSpace: string;
  /** ISO 8601. */
  readonly since: string;
  /** What it receives from: receiving links, subscriptions. */
  readonly subscriptions: number;
  /** Deliveries to it that it has not settled. */
  readonly unsettled: number;
  /** Bytes that it has not taken yet. */
  readonly unsentBytes: number;
}

/** A connection of any head, for the list of all. */
export interface ListedConnection {
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** The name of the space that it has entered; empty: none yet. */
  readonly addressSpace: string;
  status(): ConnectionStatus;
  /** What it sends by and receives by, as it is now. */
  links(): Iterable<ListedLink>;
  /** Tells the peer why, in its protocol's words, and ends the connection. */
  closeByAdministrator(why: string): void;
}
