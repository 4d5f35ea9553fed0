import type { LikePattern } from './like-pattern.ts';

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Literal = string | number | bigint | boolean;

/** A selector as a tree. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'arithmetic'; readonly operator: Arithmetic; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'comparison'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'between'; readonly value: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'in'; readonly value: Expression; readonly values: ReadonlySet<Literal> }
  | { readonly kind: 'like'; readonly value: Expression; readonly pattern: LikePattern }
  | { readonly kind: 'is-null'; readonly value: Expression }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] };

/** What an expression can come to, as far as it can be told without a message. */
export type ExpressionType = 'number' | 'text' | 'condition' | 'any';

export function typeOf(expression: Expression): ExpressionType {
  switch (expression.kind) {
    case 'literal':
      if (typeof expression.value === 'string') return 'text';
      return typeof expression.value === 'boolean' ? 'condition' : 'number';
    case 'field':
      return 'any';
    case 'negative':
    case 'arithmetic':
      return 'number';
    default:
      return 'condition';
  }
}
