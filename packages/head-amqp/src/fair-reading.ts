import type { Duplex } from 'node:stream';
import type { Task, Turn } from '@angarium/core';

/** Frames that make or end something (begin, attach, detach, end) taken from one peer before the others have their turn. */
export const LIFECYCLE_FRAMES_MAX = 256;

/**
 * Keeps a peer that attaches without pause from having the loop to itself: the loop reads a socket with more to give up to 32 times, two
 * mebibytes or 20 000 attaches, before it looks at the next one. After so many such frames the socket rests until the next turn.
 */
export class FairReading implements Task {
  deferred = false;
  readonly #turn: Turn;
  readonly #socket: Duplex;
  readonly #resume: () => void;
  #frames = 0;

  constructor(turn: Turn, socket: Duplex, resume: () => void) {
    this.#turn = turn;
    this.#socket = socket;
    this.#resume = resume;
  }

  count(): void {
    if (++this.#frames < LIFECYCLE_FRAMES_MAX || this.deferred) return;
    this.#frames = 0;
    this.#socket.pause();
    this.#turn.deferNext(this);
  }

  run(): void {
    this.#resume();
  }
}
