import assert from 'node:assert/strict';
import type { RecordingProducer } from '../support/recording-producer.ts';
import { writtenLast } from './history.ts';
import type { SimulatedMessage } from './message.ts';
import type { Place } from './whereabouts.ts';
import { isBound, isTopic, TOPICS } from './wiring-rules.ts';
import type { World } from './world.ts';

/** Producers of the queue, by each of its names, and of topics that it may be bound to. */
export class Senders {
  readonly #world: World;
  readonly #producers = new Map<string, { producer: RecordingProducer; refused: Set<number>; sent: Map<number, () => void> }>();

  constructor(world: World) {
    this.#world = world;
  }

  crashed(): void {
    this.#producers.clear();
  }

  #producer(name: string) {
    let sender = this.#producers.get(name);
    if (sender) return sender;
    const sent = new Map<number, () => void>();
    const producer = this.#world.running.producer(name);
    producer.onSettle = (token, { kind }) => {
      if (kind === 'accepted') sent.get(token)?.();
    };
    sender = { producer, refused: new Set(), sent };
    this.#producers.set(name, sender);
    return sender;
  }

  /** The one to be used next, and under which name. */
  pick(): { name: string; producer: RecordingProducer } {
    const { random } = this.#world;
    const name = random.chance(4) ? random.pick(TOPICS)! : this.#world.name();
    return { name, producer: this.#producer(name).producer };
  }

  /** Where a message goes that is sent to this name now, whatever room there is. */
  placesOf(name: string, message: SimulatedMessage): Set<Place> {
    const { rules } = this.#world;
    if (!isTopic(name)) return this.#world.divertedTo(message);
    const { spec } = rules;
    // Topics hold nobody back: a queue that is full is left out.
    const has = isBound(spec, name) && (spec.overflow === 'drop-oldest' || rules.hasRoom(1));
    return new Set<Place>(has ? ['q'] : []);
  }

  /** Whether the queue has this message already, as far as it looks. */
  isKnown(name: string, { messageId }: SimulatedMessage): boolean {
    const { ids, nowMs } = this.#world;
    return !isTopic(name) && messageId !== undefined && ids!.has(messageId, nowMs);
  }

  send(): void {
    const { name, producer } = this.pick();
    for (let count = 1 + this.#world.random.below(4); count > 0; count--) {
      // A producer waits for credit; what one sends that has some although there is no room, since others were faster, waits too (test/brokered/room.test.ts).
      if (this.#world.rules.spec.overflow === 'block' && (producer.credit === 0 || !this.#world.rules.hasRoom(1))) return;
      this.#sendOne(name);
    }
  }

  #sendOne(name: string): void {
    const world = this.#world;
    const { happened, log } = world;
    const { producer, refused, sent } = this.#producer(name);
    const message = world.newMessage();
    const { durable, ttlMs, text, fields } = message;
    const places = this.placesOf(name, message);
    const known = this.isKnown(name, message);
    if (known) happened.duplicates++;
    else if (this.#mustRefuse(name, places)) {
      const token = producer.send(text, fields);
      assert.equal(producer.kind(token), 'rejected', 'what has no room is refused');
      refused.add(token);
      happened.refusals++;
      return;
    }
    if (!known) this.#count(name, places);
    const { end } = log;
    const steps = known ? [] : world.foretell(() => this.store(name, message, places, ttlMs));
    const own = steps.filter(({ state: { place } }) => place !== undefined);
    const token = producer.send(text, fields);
    assert.notEqual(producer.kind(token), 'rejected', 'what has room is taken');
    if (places.size === 0 || known) {
      assert.equal(log.end, end, 'what nobody wants is not stored');
    } else writtenLast(own, log.end);
    this.#noteId(name, message, known);
    if (durable && places.size > 0) sent.set(token, world.confirmation(own));
  }

  #mustRefuse(name: string, places: ReadonlySet<Place>): boolean {
    if (isTopic(name)) return false;
    return !this.#world.haveRoom(new Map([...places].map(place => [place, 1])));
  }

  #count(name: string, places: ReadonlySet<Place>): void {
    const { happened } = this.#world;
    if (isTopic(name)) happened.published += places.size;
    else happened.diverted += [...places].filter(place => place !== 'q').length;
  }

  /** For the rules: it is stored at these places, and its id is known. */
  store(name: string, message: SimulatedMessage, places: ReadonlySet<Place>, ttlMs: number): void {
    const world = this.#world;
    world.stored(message, places, ttlMs, isTopic(name));
    // Its place in the log is known when it is written.
    if (!isTopic(name) && message.messageId !== undefined) world.ids!.stored(message.messageId, -1, world.nowMs);
  }

  #noteId(name: string, { durable, messageId }: SimulatedMessage, known: boolean): void {
    const { ids, log, nowMs } = this.#world;
    if (durable && !known && !isTopic(name) && messageId !== undefined) ids!.stored(messageId, log.end - 1, nowMs);
  }

  /** The same, for messages of a transaction that was just written. */
  noteIds(messages: readonly { name: string; message: SimulatedMessage }[]): void {
    for (const { name, message } of messages) this.#noteId(name, message, false);
  }

  /** Everything is on disk: each message has its outcome, and who waits for credit has some when there is room. */
  atRest(): void {
    const { log, rules } = this.#world;
    const { overflow } = rules.spec;
    for (const [name, { producer, refused }] of this.#producers) {
      if (log.durableEnd === log.end)
        for (const [token, kind] of producer.kinds.entries())
          assert.equal(kind, refused.has(token) ? 'rejected' : 'accepted', `what became of the message with the token ${token}`);
      if (isTopic(name) || overflow === 'reject' || overflow === 'drop-oldest' || rules.hasRoom(1))
        assert.ok(producer.credit > 0, `a producer of ${name} has credit while there is room`);
    }
  }
}
