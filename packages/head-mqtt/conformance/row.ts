/** A test that shows a statement: a part of its name, as it stands in the file. */
export interface Proof {
  /** Below packages/. */
  readonly file: string;
  readonly test: string;
}

/** A normative statement of a specification (its number is that of appendix B), in our words, and what shows that it holds. */
export type StatementRow =
  | { readonly clause: string; readonly statement: string; readonly status: 'tested'; readonly proofs: readonly Proof[] }
  /** A client's duty. The tests show what the server does when a client does not keep it, where it can tell. */
  | { readonly clause: string; readonly statement: string; readonly status: 'client'; readonly proofs: readonly Proof[] }
  /** Nothing here can break it, or it is about what Angarium does not do. */
  | { readonly clause: string; readonly statement: string; readonly status: 'not-applicable'; readonly why: string };

export function tested(clause: string, statement: string, ...proofs: readonly [Proof, ...Proof[]]): StatementRow {
  return { clause, statement, status: 'tested', proofs };
}

export function client(clause: string, statement: string, ...proofs: readonly Proof[]): StatementRow {
  return { clause, statement, status: 'client', proofs };
}

export function notApplicable(clause: string, statement: string, why: string): StatementRow {
  return { clause, statement, status: 'not-applicable', why };
}

/** Why statements about the size of what is optional do not apply to most packets. */
export const NO_WORDS = 'The server gives no reasons in words in this packet.';
export const NO_USER_PROPERTIES = 'The server has no user properties of its own to send.';
