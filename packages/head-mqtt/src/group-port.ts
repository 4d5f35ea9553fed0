import { ACCEPTED, type DeliverySource, type Inbox, type Message, type Outcome, RELEASED } from '@angarium/core';
import { AttachedPort } from './attached-port.ts';
import type { MqttSession } from './session.ts';
import type { TopicOptions } from './subscription-options.ts';

/** What a group notes of a message: the member that has been sent it with QoS 2, and the packet identifier. */
export interface Claim {
  /** The message's number in the group's inbox. */
  readonly token: number;
  /** The id of the member's inbox. */
  readonly member: number;
  readonly packetId: number;
}

const PACKET_IDS = 0x1_0000;
/** Marks have numbers of 32 bits; what is in a queue at a time is far less apart. */
const MARKS = 0x1_0000_0000;

/** The claims of a group, as of before a restart. */
export function claimsOf({ marks, queue }: Inbox): Claim[] {
  const { head } = queue.index;
  return [...marks].map(([number, { value }]) => {
    const token = head - (head % MARKS) + number;
    return { token: token < head ? token + MARKS : token, member: Math.floor(value / PACKET_IDS), packetId: value % PACKET_IDS };
  });
}

/** The group's message is nobody's to have any more. */
export function dropClaim(group: Inbox, token: number): void {
  group.queue.discard(token);
  group.queue.recordSettled();
  group.unmark(token % MARKS);
}

/**
 * A session's part of a shared subscription (MQTT 5.0, section 4.8.2). With QoS 1, what was under way when the connection breaks goes to another
 * member; with QoS 2 it is this client's alone, until it has it [MQTT-4.8.2-4] or its session ends [MQTT-4.8.2-5].
 */
export class GroupPort extends AttachedPort {
  override readonly again = new Map<number, number>();
  readonly group: Inbox;
  readonly #session: MqttSession;
  #left = false;

  constructor(session: MqttSession, filter: string, options: TopicOptions, group: Inbox) {
    super(session, filter, options);
    this.#session = session;
    this.group = group;
  }

  protected override send(message: Message, source: DeliverySource, token: number): void {
    this.#session.send(message, source, token, this.options, this);
  }

  /** The client was sent the message before a restart. */
  restore(token: number, packetId: number): void {
    this.again.set(token, packetId);
    this.group.queue.reserve(token, this);
  }

  override begun(token: number, packetId: number, qos: 1 | 2): void {
    if (qos === 2) this.group.mark(token % MARKS, this.#session.inbox.queue.id * PACKET_IDS + packetId);
  }

  override over(token: number): void {
    if (!this.group.marks.has(token % MARKS)) return;
    // Torn between the two, the log must not show a message that is over, and claimed by nobody.
    this.group.queue.recordSettled();
    this.group.unmark(token % MARKS);
  }

  override broken(token: number, packetId: number, qos: 1 | 2): Outcome {
    if (qos === 1) return super.broken(token, packetId, qos);
    // Its member has left the group: there is nobody for whom it could wait.
    if (this.#left) return ACCEPTED;
    this.again.set(token, packetId);
    this.group.queue.reserve(token, this);
    return RELEASED;
  }

  override resumed(token: number): void {
    this.again.delete(token);
  }

  /** The member leaves: what it was sent is nobody else's. Answers the packet identifiers, which are free. */
  abandon(): number[] {
    this.#left = true;
    const packetIds = [...this.again.values()];
    for (const token of this.again.keys()) dropClaim(this.group, token);
    this.again.clear();
    return packetIds;
  }
}
