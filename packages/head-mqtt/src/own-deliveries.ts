import { type Inbox, type Outcome, RELEASED, type Task, type Turn } from '@angarium/core';
import type { DeliveryOrigin } from './delivery-origin.ts';
import { ID_MAX, type PacketIds } from './packet-ids.ts';
import { MARK_SENT, MARK_STARTED } from './session-marks.ts';

/**
 * Deliveries from a session's own inbox: each comes again under its packet identifier until the client has it [MQTT-4.4.0-1].
 *
 * That has to outlive the server, and costs next to nothing: a message's identifier follows from its number in the inbox, unless something old still
 * has it, and what was begun is known by the number of the last such message, which is noted once a turn.
 */
export class OwnDeliveries implements DeliveryOrigin, Task {
  deferred = false;
  readonly again = new Map<number, number>();
  readonly #inbox: Inbox;
  readonly #turn: Turn;
  #ended = false;

  constructor(inbox: Inbox, turn: Turn) {
    this.#inbox = inbox;
    this.#turn = turn;
  }

  /** What was under way before a restart. `releasing` are the identifiers of messages that the client has. */
  restore(packetIds: PacketIds): void {
    const { marks, queue } = this.#inbox;
    const through = marks.get(MARK_STARTED)?.value ?? -1;
    queue.startedThrough = through;
    const others = new Map<number, number>();
    for (const [number, { value }] of marks) if (number < MARK_SENT + ID_MAX + 1) others.set(value, number - MARK_SENT);
    for (let token = queue.index.next(0); token <= through && token < queue.index.tail; token = queue.index.next(token + 1)) {
      const packetId = others.get(token) ?? this.wantedId(token);
      // The client has it: the server went before it had noted that the message is over.
      if (packetIds.releasing.has(packetId)) queue.discard(token);
      else {
        this.again.set(token, packetId);
        packetIds.reserve(packetId);
      }
    }
    for (const [token, packetId] of others) if (!this.again.has(token)) this.#inbox.unmark(MARK_SENT + packetId);
  }

  wantedId(token: number): number {
    return (token % ID_MAX) + 1;
  }

  begun(token: number, packetId: number): void {
    const { queue, kept } = this.#inbox;
    if (token > queue.startedThrough) {
      queue.startedThrough = token;
      if (kept) this.#turn.defer(this);
    }
    if (packetId !== this.wantedId(token)) this.#inbox.mark(MARK_SENT + packetId, token);
  }

  run(): void {
    if (!this.#ended) this.#inbox.mark(MARK_STARTED, this.#inbox.queue.startedThrough);
  }

  over(token: number, packetId: number): void {
    if (packetId !== this.wantedId(token)) this.#inbox.unmark(MARK_SENT + packetId);
  }

  broken(token: number, packetId: number): Outcome {
    this.again.set(token, packetId);
    return RELEASED;
  }

  resumed(token: number): void {
    this.again.delete(token);
  }

  /** The inbox is about to end. */
  end(): void {
    this.#ended = true;
  }
}
