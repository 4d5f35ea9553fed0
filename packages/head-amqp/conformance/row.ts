/**
 * A statement of the specification (OASIS AMQP 1.0: part, section), and the test that holds it, by its title or a part of that, or why it is
 * not supported and what a client sees instead.
 */
export type ConformanceRow =
  | { readonly clause: string; readonly statement: string; readonly status: 'tested'; readonly test: string }
  | { readonly clause: string; readonly statement: string; readonly status: 'not-supported'; readonly why: string };

export function tested(clause: string, statement: string, test: string): ConformanceRow {
  return { clause, statement, status: 'tested', test };
}

export function notSupported(clause: string, statement: string, why: string): ConformanceRow {
  return { clause, statement, status: 'not-supported', why };
}
