import { type Arithmetic, type Comparison, type Expression, type ExpressionType, type Literal, typeOf } from './expression.ts';
import { fieldName } from './field-name.ts';
import { LikePattern } from './like-pattern.ts';
import { SELECTOR_DEPTH_MAX, SELECTOR_IN_MAX, SELECTOR_LENGTH_MAX, SELECTOR_LIKE_LENGTH_MAX } from './limits.ts';
import { SelectorError } from './selector-error.ts';
import { LONG_MAX_PLUS_1, type Token, tokensOf } from './token.ts';

const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(['=', '<>', '<', '<=', '>', '>=']);

const NAMES: Readonly<Record<ExpressionType, string>> = { number: 'a number', text: 'a text', condition: 'a condition', any: 'a field' };

/** The selector as a tree, whose root is a condition. Throws `SelectorError`. */
export function parseSelector(text: string): Expression {
  if (text.length > SELECTOR_LENGTH_MAX)
    throw new SelectorError(
      SELECTOR_LENGTH_MAX,
      `A selector has at most ${SELECTOR_LENGTH_MAX} characters, and this one has ${text.length}.`,
    );
  return new SelectorParser(tokensOf(text)).parse();
}

/**
 * The grammar, from what binds least to what binds most (JMS 3.1, section 3.8.1.1):
 *
 *     condition   = conjunction *( OR conjunction )
 *     conjunction = negation *( AND negation )
 *     negation    = NOT negation / comparison
 *     comparison  = sum [ ( "=" / "<>" / "<" / "<=" / ">" / ">=" ) sum / IS [ NOT ] NULL / [ NOT ] BETWEEN sum AND sum
 *                       / [ NOT ] IN "(" literal *( "," literal ) ")" / [ NOT ] LIKE text [ ESCAPE text ] ]
 *     sum         = product *( ( "+" / "-" ) product )
 *     product     = signed *( ( "*" / "/" / "%" ) signed )
 *     signed      = ( "+" / "-" ) signed / "(" condition ")" / literal / name
 */
class SelectorParser {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    if (this.#ends()) throw this.#wrong('The selector is empty: say which messages are wanted, or leave it out.');
    const root = this.#typed('condition', () => this.#condition());
    if (!this.#ends()) throw this.#wrong(`The selector should end before ${this.#said()}: combine conditions with AND or OR.`);
    return root;
  }

  // ---- conditions

  #condition(): Expression {
    return this.#chain('OR', 'or', () => this.#chain('AND', 'and', () => this.#negation()));
  }

  /** One after the other in one node, so that a long chain is not deep. */
  #chain(keyword: string, kind: 'and' | 'or', operand: () => Expression): Expression {
    const position = this.#position;
    const first = operand();
    if (!this.#is(keyword)) return first;
    const of = [this.#checked(first, 'condition', position)];
    while (this.#take(keyword)) of.push(this.#typed('condition', operand));
    return { kind, of };
  }

  #negation(): Expression {
    if (!this.#take('NOT')) return this.#comparison();
    return this.#deeper(() => ({ kind: 'not', of: this.#typed('condition', () => this.#negation()) }));
  }

  #comparison(): Expression {
    const position = this.#position;
    const left = this.#sum();
    const { text } = this.#token;
    if (this.#token.kind === 'symbol' && COMPARISONS.has(text)) return this.#compared(left, position, text as Comparison);
    if (this.#take('IS')) return this.#isNull(left);
    const negated = this.#take('NOT');
    const predicate = this.#predicate(left, position);
    if (predicate) return negated ? { kind: 'not', of: predicate } : predicate;
    if (negated) throw this.#wrong(`BETWEEN, IN or LIKE should follow NOT, and not ${this.#said()}.`);
    return left;
  }

  #compared(left: Expression, position: number, operator: Comparison): Expression {
    this.#index++;
    if (operator !== '=' && operator !== '<>') {
      this.#checked(left, 'number', position);
      return { kind: 'comparison', operator, left, right: this.#typed('number', () => this.#sum()) };
    }
    const right = this.#sum();
    return { kind: 'comparison', operator, left, right };
  }

  #isNull(value: Expression): Expression {
    const negated = this.#take('NOT');
    this.#expect('NULL');
    const test: Expression = { kind: 'is-null', value };
    return negated ? { kind: 'not', of: test } : test;
  }

  #predicate(value: Expression, position: number): Expression | undefined {
    if (this.#take('BETWEEN')) {
      this.#checked(value, 'number', position);
      const low = this.#typed('number', () => this.#sum());
      this.#expect('AND');
      return { kind: 'between', value, low, high: this.#typed('number', () => this.#sum()) };
    }
    if (this.#take('IN')) return { kind: 'in', value, values: this.#list() };
    if (!this.#take('LIKE')) return undefined;
    this.#checked(value, 'text', position);
    return { kind: 'like', value, pattern: this.#pattern() };
  }

  #list(): ReadonlySet<Literal> {
    this.#expect('(');
    const values = new Set<Literal>();
    let count = 0;
    do {
      const position = this.#position;
      const element = this.#signed();
      if (element.kind !== 'literal') throw new SelectorError(position, 'A list of IN has texts and numbers only: compare with = instead.');
      if (++count > SELECTOR_IN_MAX) throw new SelectorError(position, `A list of IN has at most ${SELECTOR_IN_MAX} values.`);
      values.add(element.value);
    } while (this.#take(','));
    this.#expect(')');
    return values;
  }

  #pattern(): LikePattern {
    const pattern = this.#text('The pattern of LIKE is a text in single quotes');
    if (pattern.text.length > SELECTOR_LIKE_LENGTH_MAX)
      throw new SelectorError(pattern.position, `A pattern of LIKE has at most ${SELECTOR_LIKE_LENGTH_MAX} characters.`);
    if (!this.#take('ESCAPE')) return new LikePattern(pattern.text, undefined);
    const escaping = this.#text('What follows ESCAPE is a text of one character');
    if (escaping.text.length !== 1) throw new SelectorError(escaping.position, 'What follows ESCAPE is a text of one character.');
    if (endsEscaping(pattern.text, escaping.text))
      throw new SelectorError(
        pattern.position,
        'The pattern ends with its escape character: write what it should escape, or write it twice.',
      );
    return new LikePattern(pattern.text, escaping.text);
  }

  #text(otherwise: string): Token {
    const token = this.#token;
    if (token.kind !== 'text') throw this.#wrong(`${otherwise}, and not ${this.#said()}.`);
    this.#index++;
    return token;
  }

  // ---- values

  #sum(): Expression {
    return this.#arithmetic(['+', '-'], () => this.#arithmetic(['*', '/', '%'], () => this.#signed()));
  }

  /** Left to right: as each operand makes the tree deeper, their number has a limit. */
  #arithmetic(operators: readonly Arithmetic[], operand: () => Expression): Expression {
    const position = this.#position;
    let left = operand();
    for (let count = 1; ; count++) {
      const operator = operators.find(candidate => this.#is(candidate));
      if (operator === undefined) return left;
      if (count >= SELECTOR_DEPTH_MAX) throw this.#wrong(`An arithmetic expression has at most ${SELECTOR_DEPTH_MAX} operands.`);
      this.#checked(left, 'number', position);
      this.#index++;
      left = { kind: 'arithmetic', operator, left, right: this.#typed('number', operand) };
    }
  }

  #signed(): Expression {
    if (this.#take('-')) return this.#deeper(() => this.#negative());
    if (this.#take('+')) return this.#deeper(() => this.#typed('number', () => this.#signed()));
    return this.#primary();
  }

  #negative(): Expression {
    const token = this.#token;
    if (token.kind !== 'number') return { kind: 'negative', of: this.#typed('number', () => this.#signed()) };
    this.#index++;
    return { kind: 'literal', value: -token.value };
  }

  #primary(): Expression {
    const token = this.#token;
    switch (token.kind) {
      case 'number':
        if (token.value === LONG_MAX_PLUS_1) throw this.#wrong(`${token.text} is beyond the range of a long.`);
        this.#index++;
        return { kind: 'literal', value: token.value };
      case 'text':
        this.#index++;
        return { kind: 'literal', value: token.text };
      case 'name':
        this.#index++;
        return { kind: 'field', name: token.quoted ? token.text : fieldName(token.text) };
    }
    if (this.#take('TRUE')) return { kind: 'literal', value: true };
    if (this.#take('FALSE')) return { kind: 'literal', value: false };
    if (this.#is('NULL')) throw this.#wrong('Nothing equals NULL: write IS NULL or IS NOT NULL.');
    if (this.#take('(')) return this.#deeper(() => this.#inner());
    throw this.#wrong(`A name, a text, a number or a parenthesis should stand here, and not ${this.#said()}.`);
  }

  #inner(): Expression {
    const inner = this.#condition();
    this.#expect(')');
    return inner;
  }

  // ---- checks

  #typed(type: ExpressionType, parse: () => Expression): Expression {
    const position = this.#position;
    return this.#checked(parse(), type, position);
  }

  #checked(expression: Expression, type: ExpressionType, position: number): Expression {
    const actual = typeOf(expression);
    if (actual === type || actual === 'any') return expression;
    throw new SelectorError(position, `${NAMES[type]} is wanted here, and this is ${NAMES[actual]}.`.replace(/^a/, 'A'));
  }

  #deeper(parse: () => Expression): Expression {
    if (++this.#depth > SELECTOR_DEPTH_MAX) throw this.#wrong(`A selector is nested at most ${SELECTOR_DEPTH_MAX} deep.`);
    const expression = parse();
    this.#depth--;
    return expression;
  }

  // ---- tokens

  get #token(): Token {
    return this.#tokens[this.#index]!;
  }

  get #position(): number {
    return this.#token.position;
  }

  #ends(): boolean {
    return this.#token.kind === 'end';
  }

  #is(word: string): boolean {
    const { kind, text } = this.#token;
    return (kind === 'keyword' || kind === 'symbol') && text === word;
  }

  #take(word: string): boolean {
    if (!this.#is(word)) return false;
    this.#index++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw this.#wrong(`${word} should stand here, and not ${this.#said()}.`);
  }

  #said(): string {
    const { kind, text } = this.#token;
    if (kind === 'end') return 'the end';
    return kind === 'text' ? `the text '${text.slice(0, 40)}'` : text.slice(0, 40);
  }

  #wrong(what: string): SelectorError {
    return new SelectorError(this.#position, what);
  }
}

function endsEscaping(pattern: string, escaping: string): boolean {
  let at = 0;
  while (at < pattern.length) at += pattern[at] === escaping ? 2 : 1;
  return at > pattern.length;
}
