import { type Address, type AddressFigures, type AddressSpace, sameFigures, zeroFigures } from '@angarium/core';
import type { AddressCode, AddressedAttention, Severity } from './attention.ts';
import type { HeldUp } from './link-watch.ts';
import type { TopicReading } from './topic-readers.ts';
import { lasting, messages } from './words.ts';

/** What a row says, in this order. Counters are since the start of the server: whoever reads them makes the rates. */
export const COLUMNS = [
  'name',
  'type',
  'in',
  'out',
  'settled',
  'dropped',
  'stored',
  'unsettled',
  'scheduled',
  'consumers',
  'producers',
  'attention',
] as const;

/** How bad it is that something is the matter with an address. */
export const SEVERITY_OF = {
  blocked: 'danger',
  paused: 'danger',
  stuck: 'danger',
  'no-consumer': 'warning',
  'no-credit': 'warning',
  'dead-letters': 'warning',
} as const satisfies Record<AddressCode, Severity>;

/** How long producers are without credit before it is said; a moment of it is how they are slowed down. */
const BLOCKED_MS = 5000;
/** How long messages wait with nobody to take them before it is said. */
const UNCONSUMED_MS = 60_000;
/** How long all consumers give no credit while messages wait before it is said: as long as one that does not settle may take. */
const UNWILLING_MS = 10_000;
/** How long it is said that messages have become dead letters. */
const DEAD_LETTERS_MS = 60_000;

/** What an address is looked at with. */
export interface Look {
  readonly nowMs: number;
  readonly heldUp: HeldUp;
  /** Addresses whose messages wait for somebody to look at them: dead letters, and those that have expired. */
  readonly kept: ReadonlySet<string>;
  /** The log takes nothing, which is said once and not of each address. */
  readonly pressed: boolean;
  /** What sessions of MQTT clients get, by the names of topic addresses. */
  readonly readers: ReadonlyMap<string, TopicReading>;
}

const UNREAD: Readonly<TopicReading> = { consumers: 0, out: 0, settled: 0 };

function isSameReading(one: Readonly<TopicReading>, other: Readonly<TopicReading>): boolean {
  return one === other || (one.consumers === other.consumers && one.out === other.out && one.settled === other.settled);
}

/** An address between two looks. */
export class AddressRow {
  readonly address: Address;
  /** To others than administrators' sums. */
  readonly shown: boolean;
  /** As JSON. */
  text = '';
  code: AddressCode | null = null;
  figures: AddressFigures = zeroFigures();
  readonly #beginning: string;
  readonly #isTopic: boolean;
  #reading: Readonly<TopicReading> = UNREAD;
  /** Nobody is attached, and nothing is stored: then nothing can happen but that something comes in. */
  #quiet = false;
  #withheldSinceMs = 0;
  #unconsumedSinceMs = 0;
  /** When it was last seen to have a consumer; 0: never. */
  #consumedAtMs = 0;
  /** When the oldest message was stored; 0: not known. */
  #oldestAtMs = 0;
  /** What has come, less what is stored, when that was asked for: what is the oldest message may be another one since when this is. */
  #left = -1;
  #deadLetteredAtMs = 0;
  /** Of the dead letters that are spoken of. */
  #deadLetters = 0;

  constructor(address: Address, shown: boolean) {
    this.address = address;
    this.shown = shown;
    this.#beginning = `[${JSON.stringify(address.name)},"${address.spec.type}"`;
    this.#isTopic = address.spec.type === 'topic';
    address.measure(this.figures);
    this.#write();
  }

  /** Answers what it was at the last look, where it is something else now; `spare` is filled with that, and kept. */
  look(look: Look, spare: AddressFigures): AddressFigures | undefined {
    const { address, figures } = this;
    const reading = look.readers.size > 0 && this.#isTopic ? (look.readers.get(address.name) ?? UNREAD) : UNREAD;
    const same = isSameReading(reading, this.#reading);
    if (same && this.#quiet && this.code === null && address.counters.in === figures.in && address.links === 0) return undefined;
    address.measure(spare);
    const code = this.#codeOf(look, spare);
    if (same && code === this.code && sameFigures(figures, spare)) return undefined;
    this.code = code;
    this.#reading = reading;
    this.figures = spare;
    this.#write();
    return figures;
  }

  #write(): void {
    const { in: came, out, settled, dropped, stored, unsettled, scheduled, redelivering, consumers, producers } = this.figures;
    this.#quiet = consumers + producers + stored + unsettled === 0;
    const code = this.code === null ? 'null' : `"${this.code}"`;
    const reading = this.#reading;
    this.text = `${this.#beginning},${came},${out + reading.out},${settled + reading.settled},${dropped},${stored},${unsettled},${scheduled + redelivering},${consumers + reading.consumers},${producers},${code}]`;
  }

  // ---- what needs attention

  #codeOf({ nowMs, heldUp, kept, pressed }: Look, figures: AddressFigures): AddressCode | null {
    const { address } = this;
    const { deadLettered, producers, stored, unsettled, consumers, scheduled, redelivering } = figures;
    if (deadLettered > this.figures.deadLettered) {
      if (nowMs - this.#deadLetteredAtMs >= DEAD_LETTERS_MS) this.#deadLetters = 0;
      this.#deadLetters += deadLettered - this.figures.deadLettered;
      this.#deadLetteredAtMs = nowMs;
    }
    const withheld = producers > 0 && !pressed && address.credit.capacity <= 0;
    // Producers know since when, whoever has looked.
    this.#withheldSinceMs = withheld ? this.#withheldSinceMs || nowMs - (heldUp.blocked.get(address.name) ?? 0) : 0;
    const ready = address.spec.type !== 'stream' && stored - unsettled - scheduled - redelivering > 0;
    const waits = ready && consumers === 0 && !kept.has(address.name);
    if (consumers > 0) this.#consumedAtMs = nowMs;
    this.#unconsumedSinceMs = waits ? this.#unconsumedSince(nowMs, figures) : 0;
    if (this.#pausedUntilMs > nowMs) return 'paused';
    if (withheld && nowMs - this.#withheldSinceMs >= BLOCKED_MS) return 'blocked';
    if (heldUp.stuck.has(address.name)) return 'stuck';
    if (waits && nowMs - this.#unconsumedSinceMs >= UNCONSUMED_MS) return 'no-consumer';
    // Of a topic, each subscription has consumers of its own.
    if (ready && consumers > 0 && !this.#isTopic && (heldUp.unwilling.get(address.name)?.forMs ?? 0) >= UNWILLING_MS) return 'no-credit';
    return nowMs - this.#deadLetteredAtMs < DEAD_LETTERS_MS ? 'dead-letters' : null;
  }

  /** Since when messages wait with nobody to take them: they know it themselves, whoever has looked, but for consumers that were seen to be there meanwhile. */
  #unconsumedSince(nowMs: number, { in: came, stored, unsettled, scheduled, redelivering }: AddressFigures): number {
    const left = came - stored;
    if (left !== this.#left) this.#oldestAtMs = 0;
    this.#left = left;
    // The oldest one may be one that waits for its time, else.
    if (this.#oldestAtMs === 0 && unsettled + scheduled + redelivering === 0) {
      const { oldestSeconds } = this.address.status().depth ?? {};
      if (oldestSeconds !== undefined) this.#oldestAtMs = Date.now() - 1000 * oldestSeconds;
    }
    return Math.max(this.#oldestAtMs || this.#unconsumedSinceMs || nowMs, this.#consumedAtMs);
  }

  get #pausedUntilMs(): number {
    const { address } = this;
    return address.spec.breaker ? (address.status().pausedUntilMs ?? 0) : 0;
  }

  /** What is the matter with it, in words. */
  attention(code: AddressCode, look: Look, space: AddressSpace): AddressedAttention {
    const { name } = this.address;
    const [what, toDo] = this.#words(code, look, space);
    return { audience: { of: 'address', name }, attention: { severity: SEVERITY_OF[code], address: name, what, do: toDo } };
  }

  #words(code: AddressCode, { nowMs, heldUp }: Look, space: AddressSpace): readonly [string, string] {
    const { address, figures } = this;
    const { name, spec } = address;
    switch (code) {
      case 'blocked': {
        const why = `Producers of ${name} have had no credit for ${lasting(nowMs - this.#withheldSinceMs)}: ${address.withheld ?? 'it was full'}.`;
        return [
          why,
          address.brokered
            ? 'Add consumers, purge what is not wanted, or raise the limit.'
            : 'Start a consumer, or look at why those that are there give no credit.',
        ];
      }
      case 'paused':
        return [
          `Deliveries of ${name} are paused for ${lasting(this.#pausedUntilMs - nowMs)} more: too many have failed one after the other.`,
          spec.deadLetter === undefined ? 'Mend its consumers.' : `Look at ${spec.deadLetter} for why they failed, and mend the consumers.`,
        ];
      case 'stuck':
        return [
          `A consumer of ${name} has not settled what it has for ${lasting(heldUp.stuck.get(name) ?? 0)}.`,
          'Look at its links for which one, and at what it does; close its connection, and what it has goes to another one.',
        ];
      case 'no-consumer':
        return [
          `Nobody consumes from ${name}, which holds ${messages(figures.stored)}, the oldest for ${lasting(nowMs - this.#unconsumedSinceMs)} or longer.`,
          'Start a consumer, or purge them.',
        ];
      case 'no-credit': {
        const { consumers, forMs } = heldUp.unwilling.get(name) ?? { consumers: figures.consumers, forMs: 0 };
        const who = consumers === 1 ? 'its one consumer gives' : `its ${consumers} consumers give`;
        return [
          `${name} holds ${messages(figures.stored)}, and ${who} no credit, for ${lasting(forMs)} by now.`,
          'Look at its links for who they are, and have them give credit, or settle what they have; or start another consumer.',
        ];
      }
      case 'dead-letters':
        return [
          `${messages(this.#deadLetters)} of ${name} became dead letters, the last one ${lasting(nowMs - this.#deadLetteredAtMs)} ago.`,
          `Look at ${[spec.deadLetter, spec.expiry].filter(target => target !== undefined && space.find(target)).join(' and ') || 'its consumers'} for why.`,
        ];
    }
  }
}
