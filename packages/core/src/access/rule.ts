import type { Action } from './principal.ts';

/** What somebody may do, or may not: what is denied anywhere is not allowed anywhere, and what nobody says anything of is not allowed. */
export interface Rule {
  /** Absent: allow. */
  readonly effect?: 'allow' | 'deny';
  readonly actions: readonly Action[];
  /** Patterns of addresses and topics. */
  readonly addresses?: readonly string[];
  /** Kinds of declared documents, for `view` and `manage`; `*`: all of them. */
  readonly kinds?: readonly string[];
}

/** A rule, and where it stands. */
export interface Grant {
  readonly rule: Rule;
  /** In words, as in `the role developer, by the RoleBinding team`. */
  readonly from: string;
}

/** A decision, and what made it. */
export interface Explanation {
  readonly allowed: boolean;
  /** Absent: no rule says anything of it. */
  readonly rule?: Rule;
  /** Where the rule stands, or what is so without one. */
  readonly from: string;
}
