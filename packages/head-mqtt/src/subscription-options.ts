import { ByteWriter, type Qos, topicMatches } from '@angarium/codec-mqtt';
import type { Inbox } from '@angarium/core';

/** What a session's subscriptions say of a topic, put together (MQTT 5.0, section 3.3.4). */
export interface TopicOptions {
  /** The most that any of them wants. */
  readonly qos: Qos;
  readonly retainAsPublished: boolean;
  /** Their subscription identifiers, encoded as properties. */
  readonly identifiers: Uint8Array;
}

/** What is kept of a subscription. */
export interface SubscriptionDetails {
  readonly qos: Qos;
  readonly retainAsPublished: boolean;
  /** 0: none. */
  readonly identifier: number;
}

/** Topics whose options are remembered, by one session. */
const REMEMBERED_MAX = 1000;

/** The options of a session's topics, remembered until its subscriptions change. */
export class SubscriptionOptions {
  readonly #inbox: Inbox;
  #byTopic: Map<string, TopicOptions> | undefined;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  changed(): void {
    this.#byTopic = undefined;
  }

  of(topic: string): TopicOptions {
    let options = this.#byTopic?.get(topic);
    if (!options) {
      if (this.#byTopic === undefined || this.#byTopic.size >= REMEMBERED_MAX) this.#byTopic = new Map();
      options = this.#combine(topic);
      this.#byTopic.set(topic, options);
    }
    return options;
  }

  #combine(topic: string): TopicOptions {
    const matching: SubscriptionDetails[] = [];
    for (const { pattern, details } of this.#inbox.patterns.values())
      if (topicMatches(pattern, topic)) matching.push(details as unknown as SubscriptionDetails);
    return combined(matching);
  }
}

export function combined(matching: readonly SubscriptionDetails[]): TopicOptions {
  let qos: Qos = 0;
  let retainAsPublished = false;
  const identifiers: number[] = [];
  for (const details of matching) {
    if (details.qos > qos) qos = details.qos;
    retainAsPublished ||= details.retainAsPublished;
    if (details.identifier > 0) identifiers.push(details.identifier);
  }
  return { qos, retainAsPublished, identifiers: encodeIdentifiers(identifiers) };
}

/** Section 3.3.2.3.8: each identifier is a property of its own, 0x0b and a variable byte integer. */
function encodeIdentifiers(identifiers: readonly number[]): Uint8Array {
  const writer = new ByteWriter(5 * identifiers.length);
  for (const identifier of identifiers) {
    writer.u8(0x0b);
    let rest = identifier;
    while (rest > 0x7f) {
      writer.u8((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    writer.u8(rest);
  }
  return writer.bytes.slice(0, writer.length);
}
