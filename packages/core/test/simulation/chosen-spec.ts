import type { AddressSpec, Divert } from '../../src/address/address.ts';
import type { Random } from '../support/random.ts';
import { BINDINGS, SELECTORS } from './wiring-rules.ts';

type Choice = (random: Random) => Partial<AddressSpec>;

/** What an address may declare, and change while it is in use: for each field of the queue of a life what it may be, nothing included. */
const CHANGEABLE = {
  deadLetter: random => (random.chance(4) ? {} : { deadLetter: 'dead' }),
  expiry: random => (random.chance(2) ? { expiry: 'expired' } : {}),
  redelivery: random =>
    random.chance(2)
      ? { redelivery: { attemptsMax: 1 + random.below(3), delayMs: random.below(2) * 500, multiplier: 2, delayMaxMs: 1500, jitter: 0.3 } }
      : {},
  breaker: random => (random.chance(3) ? { breaker: { failures: 1 + random.below(4), pauseMs: 200 + random.below(1500) } } : {}),
  limit: random => {
    const overflow = random.pick(['drop-oldest', 'reject', 'block'] as const)!;
    return random.chance(3) ? { messagesMax: 1 + random.below(8), overflow } : {};
  },
  key: random => (random.chance(6) ? { lastValueKey: 'k' } : {}),
  order: random => {
    if (random.chance(5)) return { fairKey: 'k' };
    return random.chance(4) ? { consumers: 'single-active' as const } : {};
  },
  times: random => {
    if (random.chance(6)) return { ttlDefaultMs: 1000 + random.below(3000) };
    return random.chance(6) ? { ttlMaxMs: 1000 + random.below(3000) } : {};
  },
  bindings: random => (random.chance(3) ? { bindings: random.pick(BINDINGS)! } : {}),
  diverts: random => (random.chance(3) ? { diverts: diverts(random) } : {}),
  aliases: random => (random.chance(2) ? { aliases: random.chance(2) ? ['also'] : ['also', 'too'] } : {}),
} as const satisfies Record<string, Choice>;

type Field = keyof typeof CHANGEABLE;
const FIELDS = Object.keys(CHANGEABLE) as Field[];
/** What means nothing where consumers take nothing. */
const OF_TAKERS: readonly Field[] = ['deadLetter', 'redelivery', 'breaker', 'order'];

function diverts(random: Random): Divert[] {
  const selector = (): Pick<Divert, 'selector'> => (random.chance(4) ? {} : { selector: random.pick(Object.keys(SELECTORS))! });
  const copies = { to: 'echo', ...selector() };
  const moves = { to: 'aside', move: true, ...selector() };
  return random.pick([[copies], [moves], [copies, moves]])!;
}

/** The declaration of a queue whose features are chosen by chance. */
export class ChosenSpec {
  readonly spec: AddressSpec;
  /** What stays for the whole life. */
  readonly #fixed: AddressSpec;
  readonly #chosen: ReadonlyMap<Field, Partial<AddressSpec>>;

  private constructor(fixed: AddressSpec, chosen: ReadonlyMap<Field, Partial<AddressSpec>>) {
    this.#fixed = fixed;
    this.#chosen = chosen;
    this.spec = Object.assign({}, fixed, ...chosen.values());
  }

  static first(random: Random): ChosenSpec {
    const table = random.chance(5);
    const fixed: AddressSpec = {
      type: 'queue',
      ...(table && { nonDestructive: true }),
      ...(random.chance(4) && { duplicates: { windowMs: 500 + random.below(3000) } }),
    };
    return new ChosenSpec(fixed, new Map(FIELDS.map(field => [field, chosenFor(field, fixed, random)])));
  }

  /** The same, but for some of its fields. */
  changed(random: Random): ChosenSpec {
    const chosen = new Map(this.#chosen);
    for (let count = 1 + random.below(3); count > 0; count--) {
      const field = random.pick(FIELDS)!;
      chosen.set(field, chosenFor(field, this.#fixed, random));
    }
    return new ChosenSpec(this.#fixed, chosen);
  }
}

function chosenFor(field: Field, { nonDestructive }: AddressSpec, random: Random): Partial<AddressSpec> {
  return nonDestructive && OF_TAKERS.includes(field) ? {} : CHANGEABLE[field](random);
}
