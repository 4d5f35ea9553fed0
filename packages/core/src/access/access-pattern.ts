/** The longest pattern of a rule, in UTF-16 units, before anything is put into it. */
export const ACCESS_PATTERN_LENGTH_MAX = 1024;

/** Whom a rule is for: what stands for `${user}` and `${space}`. */
export interface Subject {
  readonly user: string;
  readonly space: string;
}

const USER = /\$\{user\}/g;
const SPACE = /\$\{space\}/g;

/** Any one level. */
const ANY: unique symbol = Symbol('any level');
type Level = string | typeof ANY;

/** How a pattern goes on behind its levels: not at all, with any further levels or none, or with a text that the rest of the name begins with. */
type Tail = { readonly kind: 'none' } | { readonly kind: 'rest' } | { readonly kind: 'prefix'; readonly text: string };
const NONE: Tail = { kind: 'none' };
const REST: Tail = { kind: 'rest' };

/** Names of addresses and topics. A wildcard at the first level is for no name that begins with `$`. */
export interface AccessPattern {
  readonly levels: readonly Level[];
  readonly tail: Tail;
}

/** One name alone. */
export function exactly(name: string): AccessPattern {
  return { levels: name.split('/'), tail: NONE };
}

/** What a filter of topics matches: `+` is any one level, `#` at the end all further ones. */
export function ofTopicFilter(filter: string): AccessPattern {
  const levels = filter.split('/').map((level): Level => (level === '+' ? ANY : level));
  if (levels.at(-1) !== '#') return { levels, tail: NONE };
  return { levels: levels.slice(0, -1), tail: REST };
}

/** Why a rule cannot have this pattern, in words that follow its name; undefined: it can. */
export function refuseAccessPattern(pattern: string): string | undefined {
  if (pattern === '') return 'is empty: * is every address';
  if (pattern.length > ACCESS_PATTERN_LENGTH_MAX) return `is longer than ${ACCESS_PATTERN_LENGTH_MAX} characters`;
  const unknown = /\$\{(?!user\}|space\})[^}]*\}?/.exec(pattern);
  if (unknown) return `has ${unknown[0]}, and only \${user} and \${space} stand for something`;
  if (/\p{Cc}/u.test(pattern)) return 'has control characters';
  const levels = pattern.split('/');
  const last = levels.pop()!;
  if (levels.some(level => level.includes('#') || level.includes('*'))) return 'has # or * before its end';
  if (last !== '#' && last.includes('#')) return 'has # as a part of a level';
  if (last.slice(0, -1).includes('*')) return 'has * before its end';
  if ([...levels, last].some(level => level !== '+' && level.includes('+'))) return 'has + as a part of a level';
  return undefined;
}

/**
 * The pattern of a rule: levels between slashes; `+` is any one level, `#` at the end all further ones, `*` at the end whatever the name goes on
 * with. What stands for `${user}` and `${space}` is text, and cannot be more than a part of one level: undefined, where it would be.
 */
export function compileAccessPattern(pattern: string, subject: Subject): AccessPattern | undefined {
  if (refuseAccessPattern(pattern) !== undefined || (pattern.includes('${') && !fitsIntoLevel(pattern, subject))) return undefined;
  return compile(pattern, text => text.replace(USER, () => subject.user).replace(SPACE, () => subject.space));
}

/** All names that the pattern may have, whoever it is for: a level with somebody's name in it is any level. */
export function widestAccessPattern(pattern: string): AccessPattern | undefined {
  if (refuseAccessPattern(pattern) !== undefined) return undefined;
  const level = pattern.split('/').findIndex(text => text.includes('${') && text.endsWith('*'));
  // What goes on from within such a level may be anything.
  const known = level < 0 ? pattern : [...pattern.split('/').slice(0, level), '*'].join('/');
  return compile(known, text => (text.includes('${') ? '+' : text));
}

function fitsIntoLevel(pattern: string, { user, space }: Subject): boolean {
  const fits = (value: string): boolean => value !== '' && !/[/+#*$\p{Cc}\p{Cs}]/u.test(value);
  return (pattern.search(USER) < 0 || fits(user)) && (pattern.search(SPACE) < 0 || fits(space));
}

function compile(pattern: string, fill: (level: string) => string): AccessPattern {
  if (pattern === '*') return { levels: [], tail: REST };
  const texts = pattern.split('/');
  const last = texts.pop()!;
  const levels = texts.map(text => levelOf(fill(text)));
  if (last === '#') return { levels, tail: REST };
  if (last.endsWith('*')) return { levels, tail: { kind: 'prefix', text: fill(last.slice(0, -1)) } };
  return { levels: [...levels, levelOf(fill(last))], tail: NONE };
}

function levelOf(text: string): Level {
  return text === '+' ? ANY : text;
}

/** Names that begin so are for no wildcard. */
function isReserved(level: Level | undefined): boolean {
  return typeof level === 'string' && level.startsWith('$');
}

/** Every name of `part` is one of `whole`. `part` has no prefix at its end, or `whole` has one too that is as wide. */
export function covers(whole: AccessPattern, part: AccessPattern): boolean {
  for (let i = 0; i < whole.levels.length; i++) {
    const wanted = whole.levels[i]!;
    // A part that ends here has shorter names, or some that go on with anything.
    if (i >= part.levels.length) return false;
    const level = part.levels[i]!;
    if (wanted === ANY ? i === 0 && isReserved(level) : wanted !== level) return false;
  }
  const at = whole.levels.length;
  const further = part.levels[at];
  switch (whole.tail.kind) {
    case 'rest':
      return at > 0 || !(isReserved(further) || isReservedTail(part, at));
    case 'prefix': {
      const { text } = whole.tail;
      if (at < part.levels.length) return further === ANY ? text === '' : further!.startsWith(text);
      return part.tail.kind === 'prefix' && part.tail.text.startsWith(text);
    }
    case 'none':
      return part.levels.length === at && part.tail.kind === 'none';
  }
}

/** The part's next text, which is in its prefix, is reserved. */
function isReservedTail({ levels, tail }: AccessPattern, at: number): boolean {
  return at === 0 && levels.length === 0 && tail.kind === 'prefix' && isReserved(tail.text);
}

/** There is a name that both have. */
export function meets(one: AccessPattern, other: AccessPattern): boolean {
  const both = Math.min(one.levels.length, other.levels.length);
  for (let i = 0; i < both; i++) {
    const left = one.levels[i]!;
    const right = other.levels[i]!;
    if (left === ANY && right === ANY) continue;
    if (left === ANY || right === ANY) {
      if (i === 0 && isReserved(left === ANY ? right : left)) return false;
    } else if (left !== right) return false;
  }
  const [shorter, longer] = one.levels.length <= other.levels.length ? [one, other] : [other, one];
  const further = longer.levels[both];
  if (further === undefined) return tailsMeet(one.tail, other.tail, both);
  switch (shorter.tail.kind) {
    case 'none':
      return false;
    case 'rest':
      return both > 0 || !isReserved(further);
    case 'prefix':
      return further === ANY ? both > 0 || !isReserved(shorter.tail.text) : further.startsWith(shorter.tail.text);
  }
}

function tailsMeet(one: Tail, other: Tail, at: number): boolean {
  if (one.kind === 'prefix' && other.kind === 'prefix') return one.text.startsWith(other.text) || other.text.startsWith(one.text);
  if (one.kind === 'prefix' || other.kind === 'prefix') {
    const [prefix, tail] = one.kind === 'prefix' ? [one, other] : [other as Tail & { kind: 'prefix' }, one];
    return tail.kind === 'rest' && (at > 0 || !isReserved(prefix.text));
  }
  // A pattern that goes on with any levels has the name that has none, too.
  return at > 0 || one.kind === other.kind;
}
