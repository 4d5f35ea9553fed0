import { type AddressSpace, type Inbox, readersOf, SESSIONS_COUNTED_MAX, topicAddressOf } from '@angarium/core';

/** What the sessions of MQTT clients get of one topic address. */
export interface TopicReading {
  /** Subscriptions of clients that are connected. */
  consumers: number;
  /** Deliveries, and those that have an outcome, of sessions that read from this address alone. */
  out: number;
  settled: number;
}

const NOBODY: ReadonlyMap<string, TopicReading> = new Map();

/**
 * Who reads topics through sessions of MQTT clients: these have queues of their own, which get what their patterns match from all topics, so that the addresses do not count what goes
 * through them. What a session gets is counted for an address where all of its patterns lead there.
 */
export class TopicReaders {
  readonly #space: AddressSpace;
  readonly #counted = new WeakMap<Inbox, { out: number; settled: number }>();
  #byAddress: ReadonlyMap<string, TopicReading> = NOBODY;

  constructor(space: AddressSpace) {
    this.#space = space;
  }

  /** By the names of the addresses. */
  look(): ReadonlyMap<string, TopicReading> {
    const { all } = this.#space.inboxes;
    // Beyond, what they get is told of the space as a whole alone.
    if (all.size > SESSIONS_COUNTED_MAX || (all.size === 0 && this.#byAddress.size === 0)) return NOBODY;
    const readings = new Map<string, TopicReading>();
    // What was counted stays, also of sessions that have ended.
    for (const [name, { out, settled }] of this.#byAddress) readings.set(name, { consumers: 0, out, settled });
    for (const inbox of all.values()) this.#count(inbox, readings);
    this.#byAddress = readings;
    return readings;
  }

  #count(inbox: Inbox, readings: Map<string, TopicReading>): void {
    const consumers = readersOf(inbox);
    let sole: string | undefined;
    let several = false;
    for (const pattern of inbox.patterns.keys()) {
      const name = topicAddressOf(this.#space, pattern);
      several ||= name === undefined || (sole !== undefined && sole !== name);
      sole = name;
      if (name !== undefined) readingOf(readings, name).consumers += consumers;
    }
    const { out, accepted, rejected, released, modified } = inbox.counters;
    const settled = accepted + rejected + released + modified;
    const before = this.#counted.get(inbox) ?? { out: 0, settled: 0 };
    if (sole !== undefined && !several) {
      const reading = readingOf(readings, sole);
      reading.out += out - before.out;
      reading.settled += settled - before.settled;
    }
    this.#counted.set(inbox, { out, settled });
  }
}

function readingOf(readings: Map<string, TopicReading>, name: string): TopicReading {
  let reading = readings.get(name);
  if (!reading) {
    reading = { consumers: 0, out: 0, settled: 0 };
    readings.set(name, reading);
  }
  return reading;
}
