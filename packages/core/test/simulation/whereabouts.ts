import assert from 'node:assert/strict';
import type { LogPosition } from '../../src/store/log.ts';
import { History, type Step } from './history.ts';
import type { SimulatedMessage } from './message.ts';

/** The addresses of a life: the queue, and where its messages go besides. */
export const PLACES = ['q', 'dead', 'expired', 'away', 'copied', 'echo', 'aside'] as const;
export type Place = (typeof PLACES)[number];

/** Where a message is, and how. */
export interface Whereabout {
  /** undefined: nowhere any more. */
  readonly place: Place | undefined;
  /** 0: never. */
  readonly expiresAtMs: number;
  /** In the queue: deliveries that failed, its number in the order of arrival, and the key by which it is told from others there. */
  readonly attempts: number;
  readonly arrival: number;
  readonly lane: string | undefined;
}

export const NOWHERE: Whereabout = { place: undefined, expiresAtMs: 0, attempts: 0, arrival: -1, lane: undefined };
export type WhereaboutStep = Step<Whereabout>;

/** A message as it was sent, or one of its copies, which are at places of their own. */
interface Instance {
  readonly message: SimulatedMessage;
  history: History<Whereabout>;
}

/** The places of copies: by an administrator, by a divert, and by one that moves. */
const PLACES_OF_COPIES = new Set<Place>(['copied', 'echo', 'aside']);
const OWN_PLACES = PLACES.filter(place => !PLACES_OF_COPIES.has(place));

/** What was seen of a message at a place. */
export interface Seen {
  /** Its number there. */
  readonly sequence: number;
  readonly attempts: number;
  readonly key: string | undefined;
}
export type SeenAt = ReadonlyMap<Place, ReadonlyMap<number, Seen>>;

/** Where every message is, was, and may be after a crash. */
export class Whereabouts {
  /** By the place of copies, or `q` for those that were sent, and the message's number. */
  readonly #instances = new Map<string, Instance>();

  /**
   * The message is there from now on, or nowhere; the log says so from `from` on. `copyAt`: it is a copy, which was there. `early`: nobody misses it, should a
   * crash leave it nowhere though that is not written yet.
   */
  note(message: SimulatedMessage, whereabout: Whereabout, from: LogPosition, copyAt?: Place, early = false): WhereaboutStep {
    const kind = copyAt ?? (PLACES_OF_COPIES.has(whereabout.place!) ? whereabout.place! : 'q');
    const name = `${kind} ${message.id}`;
    let instance = this.#instances.get(name);
    if (!instance) {
      instance = { message, history: new History(NOWHERE) };
      this.#instances.set(name, instance);
    }
    return instance.history.push(whereabout, from, early);
  }

  /** The messages at a place, and when each expires there. */
  at(place: Place): Map<number, { message: SimulatedMessage; whereabout: Whereabout }> {
    const messages = new Map<number, { message: SimulatedMessage; whereabout: Whereabout }>();
    for (const { message, history } of this.#instances.values())
      if (history.state.place === place) messages.set(message.id, { message, whereabout: history.state });
    return messages;
  }

  /** All of it is in the log. */
  written(end: LogPosition): void {
    for (const { history } of this.#instances.values()) history.written(end);
  }

  /**
   * Everything but what `seen` is gone: judges whether that can be, and answers what is in the queue, in the order of arrival. `mayVanish` tells of a message
   * that might be in the queue why it may have gone from there at the restart itself.
   */
  crashed(
    survivingEnd: LogPosition,
    seen: SeenAt,
    nowMs: number,
    mayVanish: (whereabout: Whereabout) => boolean,
  ): { message: SimulatedMessage; whereabout: Whereabout }[] {
    const queue: { message: SimulatedMessage; whereabout: Whereabout }[] = [];
    for (const [name, instance] of this.#instances) {
      const { message, history } = instance;
      const kind = name.split(' ', 1)[0] as Place;
      const possible = message.durable ? history.survivors(survivingEnd) : [NOWHERE];
      const places = (kind === 'q' ? OWN_PLACES : [kind]).filter(place => seen.get(place)!.has(message.id));
      assert.ok(places.length <= 1, `${message.id} is at one address: ${places}`);
      const [place] = places;
      const attempts = place === 'q' ? seen.get('q')!.get(message.id)!.attempts : 0;
      let whereabout = possible.findLast(each => each.place === place && (place !== 'q' || each.attempts === attempts));
      const expired = possible.find(({ expiresAtMs }) => expiresAtMs > 0 && expiresAtMs <= nowMs);
      if (!whereabout && expired && (place === undefined || place === 'expired')) whereabout = { ...NOWHERE, place };
      if (!whereabout && place === undefined && possible.some(each => each.place === 'q' && mayVanish(each))) whereabout = NOWHERE;
      assert.ok(whereabout, `${message.id} is ${place ?? 'nowhere'} (${attempts} attempts) after the crash: ${JSON.stringify(possible)}`);
      if (place === undefined) this.#instances.delete(name);
      else instance.history = new History(whereabout);
      if (place === 'q') queue.push({ message, whereabout });
    }
    for (const [place, messages] of seen)
      for (const id of messages.keys()) assert.ok(this.at(place).has(id), `${id} is known when it is at ${place} after the crash`);
    return queue.toSorted((one, other) => one.whereabout.arrival - other.whereabout.arrival);
  }
}
