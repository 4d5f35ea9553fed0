import { SelectorError } from './selector-error.ts';

/** A word of a selector; positions are in UTF-16 units. Numbers have their value already, texts and quoted names are without their quotes. */
export type Token =
  | { readonly kind: 'keyword' | 'symbol'; readonly position: number; readonly text: string }
  | { readonly kind: 'name'; readonly position: number; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'text'; readonly position: number; readonly text: string }
  | { readonly kind: 'number'; readonly position: number; readonly text: string; readonly value: number | bigint }
  | { readonly kind: 'end'; readonly position: number; readonly text: '' };

/** Words that no name can be, in any case (JMS 3.1, section 3.8.1.1). */
const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'LIKE', 'ESCAPE', 'IS', 'NULL', 'TRUE', 'FALSE']);

const SPACE = /[ \t\f\r\n\v]*/y;
const SYMBOL = /<>|<=|>=|[=<>+\-*/%(),]/y;
const TEXT = /'((?:[^']|'')*)'/y;
const QUOTED_NAME = /"((?:[^"]|"")*)"/y;
/** Java's identifiers, and dots, which separate a section of AMQP from its field. */
const NAME = /[\p{L}\p{Nl}\p{Sc}\p{Pc}][\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}.]*/uy;
/** Java's literals: hexadecimal, with fraction or exponent, octal and decimal. */
const NUMBER = /0[xX][0-9a-fA-F]+[lL]?|(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?|\d+(?:[eE][+-]?\d+[fFdD]?|[fFdD])|\d+[lL]?/y;
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}_$.]/uy;

/** The first number beyond a long: as an operand of a minus it is the smallest one. */
export const LONG_MAX_PLUS_1 = 1n << 63n;

/** The words of a selector, with an end behind them. Throws `SelectorError`. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let position = after(SPACE, text, 0); position < text.length; ) {
    const [token, end] = tokenAt(text, position);
    tokens.push(token);
    position = after(SPACE, text, end);
  }
  tokens.push({ kind: 'end', position: text.length, text: '' });
  return tokens;
}

function tokenAt(text: string, position: number): [token: Token, end: number] {
  const number = matchAt(NUMBER, text, position);
  if (number) return [numberToken(number[0], position), endOfNumber(text, position + number[0].length)];
  const name = matchAt(NAME, text, position);
  if (name) {
    const word = name[0];
    const keyword = word.toUpperCase();
    const end = position + word.length;
    return KEYWORDS.has(keyword)
      ? [{ kind: 'keyword', position, text: keyword }, end]
      : [{ kind: 'name', position, text: word, quoted: false }, end];
  }
  const symbol = matchAt(SYMBOL, text, position);
  if (symbol) return [{ kind: 'symbol', position, text: symbol[0] }, position + symbol[0].length];
  const quoted = matchAt(TEXT, text, position);
  if (quoted) return [{ kind: 'text', position, text: quoted[1]!.replaceAll("''", "'") }, position + quoted[0].length];
  const quotedName = matchAt(QUOTED_NAME, text, position);
  if (quotedName)
    return [{ kind: 'name', position, text: quotedName[1]!.replaceAll('""', '"'), quoted: true }, position + quotedName[0].length];
  throw unknownAt(text, position);
}

function unknownAt(text: string, position: number): SelectorError {
  const character = String.fromCodePoint(text.codePointAt(position)!);
  if (character === "'") return new SelectorError(position, "A text has no end: close it with ', and write a ' within it twice.");
  if (character === '"') return new SelectorError(position, 'A quoted name has no end: close it with ".');
  if (text.startsWith('!=', position)) return new SelectorError(position, 'There is no !=: write <>.');
  return new SelectorError(position, `${JSON.stringify(character)} has no meaning here: texts are in single quotes.`);
}

function numberToken(text: string, position: number): Token {
  return { kind: 'number', position, text, value: numberOf(text, position) };
}

function numberOf(text: string, position: number): number | bigint {
  const hexadecimal = /^0[xX]/.test(text);
  if (!hexadecimal && /[.eEfFdD]/.test(text)) return Number(text.replace(/[fFdD]$/, ''));
  const digits = text.replace(/[lL]$/, '');
  const octal = !hexadecimal && /^0\d/.test(digits);
  if (octal && /[89]/.test(digits))
    throw new SelectorError(position, `${text} begins with 0 and is octal, which has no 8 and 9: leave out the 0.`);
  let value = BigInt(octal ? `0o${digits}` : digits);
  // As in Java, a hexadecimal or octal literal may stand for the 64 bits of a negative number.
  if ((octal || hexadecimal) && value < 1n << 64n) value = BigInt.asIntN(64, value);
  if (value > LONG_MAX_PLUS_1) throw new SelectorError(position, `${text} is beyond the range of a long.`);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `12ab` is a mistake, and not a number with a name behind it. */
function endOfNumber(text: string, end: number): number {
  if (matchAt(LETTER_OR_DIGIT, text, end))
    throw new SelectorError(end, 'A number ends here, and a letter or digit follows: names do not begin with a digit.');
  return end;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function after(pattern: RegExp, text: string, position: number): number {
  return position + (matchAt(pattern, text, position)?.[0].length ?? 0);
}
