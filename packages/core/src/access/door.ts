import type { Action, Principal } from './principal.ts';

/** Where somebody comes in, as a record of what was refused to him names it. */
export interface Door {
  status(): {
    /** With its version where it has one, as in `MQTT 5.0`. */
    readonly protocol: string;
    /** Host and port. */
    readonly peer: string;
  };
}

/** What somebody asked for and may not have, by his rights. */
export interface RefusedWish {
  readonly principal: Principal;
  /** The address space that it was asked for in. */
  readonly space: string;
  /** `enter`: he may not come into the address space at all. */
  readonly action: Action | 'enter';
  /** The name, or the pattern of topics, as it was said; empty with `enter`. */
  readonly address: string;
  readonly door: Door;
}

/** Is told of each of them. It must not throw, and not take long: they may come as fast as a client can ask. */
export type OnRefused = (refused: RefusedWish) => void;
