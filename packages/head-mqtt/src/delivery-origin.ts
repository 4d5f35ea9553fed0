import type { Outcome } from '@angarium/core';

/** Where deliveries of a session come from, and what becomes of one that was begun when the connection breaks. */
export interface DeliveryOrigin {
  /** What was under way and comes again to this client: packet identifiers by token. */
  readonly again: ReadonlyMap<number, number>;
  /** The packet identifier that a message has when it is free; 0: any will do. */
  wantedId(token: number): number;
  /** The message goes to the client for the first time. */
  begun(token: number, packetId: number, qos: 1 | 2): void;
  /** The client has the message, or will not get it from here any more; its outcome was said. */
  over(token: number, packetId: number): void;
  /** The connection broke: answers what the delivery is settled with. Where `again` has it afterwards, the message comes again to this client. */
  broken(token: number, packetId: number, qos: 1 | 2): Outcome;
  /** The message is sent again, or never will be. */
  resumed(token: number): void;
}
