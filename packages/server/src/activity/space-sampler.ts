import { type Address, type AddressFigures, type AddressSpace, type Principal, zeroFigures } from '@angarium/core';
import { AddressRow, COLUMNS, type Look, SEVERITY_OF } from './address-row.ts';
import { type AddressedAttention, type Concern, mayHear, seesAll, worstFirst } from './attention.ts';
import type { HeldUp } from './link-watch.ts';
import type { Sampler } from './sampler.ts';
import { TopicReaders } from './topic-readers.ts';

/** The most addresses that are shown; of the others it is said how many there are. */
export const ROWS_MAX = 20_000;

/** What a sampler asks of the server around it. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** The log takes no messages. */
  pressed(): boolean;
  heldUp(space: AddressSpace): HeldUp;
  /** What needs attention and is no address. */
  attention(space: AddressSpace): Iterable<AddressedAttention>;
}

type Totals = Readonly<Record<'in' | 'out' | 'stored' | 'bytes' | 'addresses' | 'dropped' | 'deadLettered' | 'expired', number>> & {
  /** Absent for who may not know of connections. */
  readonly connections?: number;
};

type Sums = Record<'in' | 'out' | 'dropped' | 'deadLettered' | 'expired' | 'stored' | 'bytes', number>;

function zeroSums(): Sums {
  return { in: 0, out: 0, dropped: 0, deadLettered: 0, expired: 0, stored: 0, bytes: 0 };
}

type Counted = Readonly<Pick<Sums, 'in' | 'out' | 'dropped' | 'deadLettered' | 'expired'>>;

function addCounted(to: Sums, counted: Counted, sign: 1 | -1 = 1): void {
  to.in += sign * counted.in;
  to.out += sign * counted.out;
  to.dropped += sign * counted.dropped;
  to.deadLettered += sign * counted.deadLettered;
  to.expired += sign * counted.expired;
}

function add(to: Sums, figures: Readonly<Sums>, sign: 1 | -1 = 1): void {
  addCounted(to, figures, sign);
  to.stored += sign * figures.stored;
  to.bytes += sign * figures.bytes;
}

/**
 * Looks at all addresses of a space, and writes down what has changed since it looked before: once, whoever reads it. Addresses that were made for one client count
 * in sums alone: their names are nobody else's to know.
 */
export class SpaceSampler implements Sampler {
  readonly #space: AddressSpace;
  readonly #surroundings: Surroundings;
  /** Of the names that the rows are of. */
  #version = -1;
  #rows: readonly AddressRow[] = [];
  #byAddress: ReadonlyMap<Address, AddressRow> = new Map();
  /** Names of addresses that others name for what is left over. */
  #kept: ReadonlySet<string> = new Set();
  #leftOut = 0;
  readonly #readers: TopicReaders;
  #spare: AddressFigures = zeroFigures();
  #sums = zeroSums();
  // Of the last look:
  #looks = 0;
  #atMs = 0;
  #changed: AddressRow[] = [];
  #removed: string[] = [];
  #attention: readonly AddressedAttention[] = [];
  #totals: Totals | undefined;
  /** Events that are the same for several readers. */
  readonly #shared = new Map<string, string>();

  constructor(space: AddressSpace, surroundings: Surroundings) {
    this.#space = space;
    this.#surroundings = surroundings;
    this.#readers = new TopicReaders(space);
  }

  look(): void {
    const space = this.#space;
    const surroundings = this.#surroundings;
    this.#looks++;
    this.#atMs = surroundings.nowMs();
    this.#totals = undefined;
    this.#shared.clear();
    this.#changed = [];
    this.#removed = [];
    if (this.#version !== space.names.version) this.#renew();
    const look: Look = {
      nowMs: this.#atMs,
      heldUp: surroundings.heldUp(space),
      kept: this.#kept,
      pressed: surroundings.pressed(),
      readers: this.#readers.look(),
    };
    const concerns: Concern[] = [];
    for (const said of surroundings.attention(space)) concerns.push({ severity: said.attention.severity, say: () => said });
    for (const row of this.#rows) {
      const before = row.look(look, this.#spare);
      if (before) {
        add(this.#sums, before, -1);
        add(this.#sums, row.figures);
        this.#spare = before;
        if (row.shown) this.#changed.push(row);
      }
      const { code } = row;
      if (code !== null && row.shown) concerns.push({ severity: SEVERITY_OF[code], say: () => row.attention(code, look, space) });
    }
    this.#attention = worstFirst(concerns);
  }

  /** Addresses have come or gone. */
  #renew(): void {
    const space = this.#space;
    this.#version = space.names.version;
    const kept = new Set<string>();
    const rows = new Map<Address, AddressRow>();
    let shown = 0;
    this.#leftOut = 0;
    this.#sums = zeroSums();
    for (const address of space.addresses.values()) {
      const { deadLetter, expiry } = address.spec;
      if (deadLetter !== undefined) kept.add(deadLetter);
      if (expiry !== undefined) kept.add(expiry);
      const row = this.#byAddress.get(address) ?? this.#begin(address, shown < ROWS_MAX);
      rows.set(address, row);
      add(this.#sums, row.figures);
      if (row.shown) shown++;
      else if (!address.temporary) this.#leftOut++;
    }
    for (const { address, shown } of this.#rows) if (shown && !space.addresses.has(address.name)) this.#removed.push(address.name);
    this.#byAddress = rows;
    this.#rows = [...rows.values()];
    this.#kept = kept;
  }

  #begin(address: Address, room: boolean): AddressRow {
    const row = new AddressRow(address, room && !address.temporary);
    if (row.shown) this.#changed.push(row);
    return row;
  }

  // ---- what is told

  /**
   * An event: all as it was at the last look, or what has changed since the one before. For those who see everything in the space it is the same text, and
   * another one for administrators of the server.
   */
  event(kind: 'snapshot' | 'change', principal: Principal): string {
    if (!seesAll(principal)) return this.#event(kind, principal, true);
    const key = `${kind} ${principal.administersServer}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const event = this.#event(kind, principal, false);
    this.#shared.set(key, event);
    return event;
  }

  #event(kind: 'snapshot' | 'change', principal: Principal, asks: boolean): string {
    return `event: ${kind}\nid: ${this.#looks}\ndata: ${this.#document(kind, principal, asks)}\n\n`;
  }

  /** The last look. */
  document(principal: Principal): string {
    return this.#document('snapshot', principal, !seesAll(principal));
  }

  /** `asks`: it has to be asked of each address whether it may be seen. */
  #document(kind: 'snapshot' | 'change', principal: Principal, asks: boolean): string {
    const sees = (name: string): boolean => !asks || principal.rights.refuse('view', name) === undefined;
    const whole = kind === 'snapshot';
    const rows = (whole ? this.#rows : this.#changed).filter(({ shown, address }) => shown && sees(address.name));
    const attention = this.#attention.filter(({ audience }) => mayHear(principal, audience));
    const parts = [
      `"atMs":${this.#atMs}`,
      `"whole":${mayHear(principal, { of: 'space' })}`,
      `"totals":${JSON.stringify(asks ? this.#totalsFor(principal) : this.#totalsOfAll())}`,
      whole ? `"columns":${JSON.stringify(COLUMNS)}` : `"removed":${JSON.stringify(this.#removed.filter(sees))}`,
      `"rows":[${rows.map(({ text }) => text).join(',')}]`,
      `"leftOut":${mayHear(principal, { of: 'space' }) ? this.#leftOut : 0}`,
      `"attention":${JSON.stringify(attention.map(each => each.attention))}`,
    ];
    return `{${parts.join(',')}}`;
  }

  /** With what has ended, and what the sessions of MQTT clients had, so that no sum goes down. */
  #totalsOfAll(): Totals {
    if (this.#totals) return this.#totals;
    const { limits, inboxes, addresses } = this.#space;
    const sums = { ...this.#sums };
    for (const { counters } of inboxes.all.values()) addCounted(sums, counters);
    if (limits.tally.ended) addCounted(sums, limits.tally.ended);
    const { messages: stored, bytes } = limits.account;
    this.#totals = { ...sums, stored, bytes, connections: limits.allowance.count('connections'), addresses: addresses.size };
    return this.#totals;
  }

  /** Of the addresses that the principal may see, and that are there, where he may not see all of them. */
  #totalsFor(principal: Principal): Totals {
    const { connections, ...all } = this.#totalsOfAll();
    const sums = mayHear(principal, { of: 'space' }) ? all : this.#sumsOfShown(principal);
    return mayHear(principal, { of: 'kind', kind: 'Connection' }) ? { ...sums, connections: connections! } : sums;
  }

  #sumsOfShown({ rights }: Principal): Totals {
    const sums = zeroSums();
    let addresses = 0;
    for (const { shown, address, figures } of this.#rows) {
      if (!shown || rights.refuse('view', address.name)) continue;
      addresses++;
      add(sums, figures);
    }
    return { ...sums, addresses };
  }
}
