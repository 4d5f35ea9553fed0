import type { Claimant } from '../access/principal.ts';
import type { Address } from '../address/address.ts';
import type { Notes } from '../address/notes.ts';
import type { Outcome } from '../delivery/outcome.ts';
import { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import { emptyMessage, type Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import type { Details } from '../topic/inbox.ts';
import { OwnedWill } from './owned-will.ts';

/** The largest will, in bytes: MQTT's largest payload, and as much for what stands beside it. */
export const WILL_BYTES_MAX = 131_072;
/** All wills of a space together, in bytes of their messages: they are in memory, besides the log. */
export const WILLS_BYTES_MAX = 67_108_864;
/** A log that takes no messages, or an address that has no room, is asked again after so long, in milliseconds. */
const RETRY_MS = 5000;
/** The address is one whose producers wait for room. */
const NO_ROOM = new Refusal('queue-full', 'There is no room for it yet.');

const NOTE_PREFIX = 'will:';

/** A message that is published for its owner when that is gone without a word. */
export interface Will {
  /** Where to: an address, or a topic, which needs not exist yet. */
  readonly to: string;
  /** In any encoding, with its header read (`headerSize` is not `HEADER_UNREAD`). */
  readonly message: Message;
  /** How long it waits for its owner's return, in milliseconds. */
  readonly delayMs: number;
  /** Who leaves it; absent: the server itself. */
  readonly by?: Claimant;
  /** Whose return voids it while it waits, where that is not said by the owner's name. */
  readonly client?: string;
}

/** What wills need of their space. */
export interface WillSpace {
  readonly notes: Notes;
  /** Where a message of his to this topic goes, if he may send it now. */
  addressFor(by: Claimant | undefined, topic: string): Address | Refusal;
}

/**
 * The wills of a space: of clients that are connected, and of those that are gone for less than the delay. Each is kept in the log, so that a
 * client whose server dies has its will as well. An owner has one will; heads begin the names of their owners with their own prefix.
 */
export class Wills {
  readonly #space: WillSpace;
  readonly #shard: Shard;
  readonly #randomName: () => string;
  /** Those that are due after a delay, by owner. */
  readonly #waiting = new LateMap<string, { cancel(): void }>();
  /** Owners of waiting wills by the client whose return voids them. */
  readonly #waitingOf = new LateMap<string, Set<string>>();
  #bytes = 0;
  #stopped = false;

  /** `randomName` answers names that nobody had before. */
  constructor(space: WillSpace, shard: Shard, randomName: () => string) {
    this.#space = space;
    this.#shard = shard;
    this.#randomName = randomName;
  }

  /** The owner's will from now on, in place of the one of before. A refusal says why there is none, neither this one nor that. */
  put(owner: string, will: Will): Refusal | undefined {
    this.cancel(owner);
    const { message, to } = will;
    const size = message.end - message.start - message.headerSize;
    if (size > WILL_BYTES_MAX)
      return new Refusal('message-too-large', `The will for ${to} has ${size} bytes, and may have ${WILL_BYTES_MAX}.`);
    if (this.#bytes + size > WILLS_BYTES_MAX)
      return new Refusal('queue-full', `All wills together have as many bytes as they may have, ${WILLS_BYTES_MAX}: connect without one.`);
    this.#bytes += size;
    this.#space.notes.put(NOTE_PREFIX + owner, noteOf(will));
    return undefined;
  }

  /** A place for the will of an owner without a name; `prefix` is the head's, and the return of `client` voids it while it waits. */
  owned(prefix: string, client: string): OwnedWill {
    return new OwnedWill(this, prefix + this.#randomName(), client);
  }

  /** The owner has said goodbye, or is back before the delay was over. */
  cancel(owner: string): void {
    this.#stopWaiting(owner);
    const kept = this.#kept(owner);
    if (!kept) return;
    this.#bytes -= kept.bytes.length;
    this.#space.notes.remove(NOTE_PREFIX + owner);
  }

  /** The client is back: those of its wills that wait are void. */
  returned(client: string): void {
    for (const owner of this.#waitingOf.get(client) ?? []) this.cancel(owner);
  }

  /** The owner is gone without a word: its will is published after its delay, at most after `delayMaxMs`. */
  due(owner: string, delayMaxMs = Number.POSITIVE_INFINITY): void {
    const kept = this.#kept(owner);
    // After a stop it is due at the next start.
    if (!kept || this.#stopped) return;
    const delayMs = Math.min(kept.delayMs, delayMaxMs);
    if (delayMs > 0) this.#wait(owner, kept, delayMs);
    else this.#publish(owner);
  }

  /** `done` is called when what was put and cancelled so far is on disk. */
  whenDurable(done: () => void): void {
    this.#shard.whenDurable({ confirmed: done }, 0);
  }

  /** After a start: the owners of all wills are gone, those of one head by its prefix. Before its first connection. */
  restore(prefix: string, delayMaxMs: (owner: string) => number = () => Number.POSITIVE_INFINITY): void {
    for (const name of [...this.#space.notes.all.keys()]) {
      if (!name.startsWith(NOTE_PREFIX + prefix)) continue;
      const owner = name.slice(NOTE_PREFIX.length);
      this.#bytes += this.#kept(owner)!.bytes.length;
      this.due(owner, delayMaxMs(owner));
    }
  }

  /** Nothing is published from here on: delays that are not over begin anew at the next start. */
  stop(): void {
    this.#stopped = true;
    for (const delay of this.#waiting.values()) delay.cancel();
    this.#waiting.clear();
    this.#waitingOf.clear();
  }

  #wait(owner: string, { client }: WillNote, delayMs: number): void {
    this.#stopWaiting(owner);
    this.#waiting.set(
      owner,
      this.#shard.turn.after(delayMs, () => this.#publish(owner)),
    );
    if (client === undefined) return;
    const owners = this.#waitingOf.get(client);
    if (owners) owners.add(owner);
    else this.#waitingOf.set(client, new Set([owner]));
  }

  #stopWaiting(owner: string): void {
    const waiting = this.#waiting.get(owner);
    if (!waiting) return;
    waiting.cancel();
    this.#waiting.delete(owner);
    const client = this.#kept(owner)?.client;
    const owners = client === undefined ? undefined : this.#waitingOf.get(client);
    if (owners?.delete(owner) && owners.size === 0) this.#waitingOf.delete(client!);
  }

  /** Stored first and forgotten then: a crash in between publishes it twice rather than never. */
  #publish(owner: string): void {
    const kept = this.#kept(owner)!;
    const refusal = this.#send(kept);
    if (refusal === NO_ROOM || refusal?.code === 'log-unavailable') return this.#wait(owner, kept, RETRY_MS);
    if (refusal) this.#shard.report({ level: 'warn', what: `will not published: ${refusal.description}`, owner, code: refusal.code });
    this.cancel(owner);
  }

  #send(kept: WillNote): Refusal | undefined {
    const { to, by } = kept;
    const address = this.#space.addressFor(by, to);
    if (address instanceof Refusal) return address;
    let refusal: Refusal | undefined;
    const settle = (_token: number, outcome: Outcome): void => {
      refusal = refusalOf(outcome, to);
    };
    const message = messageOf(kept);
    const waits = (): void => {
      // What has nobody who hears of it stays in the address's line.
      if (!message.settled) refusal = NO_ROOM;
    };
    const producer = address.attachProducer({ grant() {}, settle, waits, end() {} });
    if (producer instanceof Refusal) return producer;
    const { messageSizeBytesMax: most } = producer;
    if (most > 0 && message.end > most) refusal = new Refusal('message-too-large', `It has ${message.end} bytes, and ${to} takes ${most}.`);
    else producer.send(message, 0);
    producer.detach();
    return refusal;
  }

  #kept(owner: string): WillNote | undefined {
    return this.#space.notes.all.get(NOTE_PREFIX + owner)?.details as WillNote | undefined;
  }
}

/** Of a message, what JSON can say as it is. */
const KEPT_FIELDS = ['encoding', 'format', 'durable', 'settled', 'priority', 'ttlMs', 'retained', 'retainedEmpty'] as const;

/** A will as a note. */
interface WillNote extends Details {
  readonly to: string;
  readonly delayMs: number;
  readonly by?: Claimant;
  readonly client?: string;
  readonly fields: Pick<Message, (typeof KEPT_FIELDS)[number]>;
  /** The message without its header, a character for each byte. */
  readonly bytes: string;
}

function noteOf({ to, message, delayMs, by, client }: Will): WillNote {
  const fields = Object.fromEntries(KEPT_FIELDS.map(name => [name, message[name]])) as unknown as WillNote['fields'];
  const bytes = textOfBytes(message.bytes, message.start + message.headerSize, message.end);
  return { to, delayMs, ...(by && { by }), ...(client !== undefined && { client }), fields, bytes };
}

function messageOf({ to, fields, bytes: text }: WillNote): Message {
  const bytes = Uint8Array.from(text, character => character.charCodeAt(0));
  return { ...emptyMessage(), ...fields, topic: to, bytes, end: bytes.length };
}

/** Bytes of one piece: all of them at once would be more arguments than a call may have. */
const PIECE_BYTES = 4096;

function textOfBytes(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += PIECE_BYTES) text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + PIECE_BYTES)));
  return text;
}

function refusalOf(outcome: Outcome, to: string): Refusal | undefined {
  if (outcome.kind === 'accepted') return undefined;
  if (outcome.kind === 'rejected' && outcome.refusal) return outcome.refusal;
  return new Refusal('message-target-missing', `Nobody took it at ${to}.`);
}
