import { Readable } from 'node:stream';
import type { Principal } from '@angarium/core';
import { followProven } from '../identity/follow-proven.ts';
import type { Sampler } from './sampler.ts';

/** The words of an event that is the last one. */
const endEvent = (why: string): string => `event: end\ndata: ${JSON.stringify({ why })}\n\n`;

/**
 * The events that one reader gets. No more than one waits for it: a reader that has not taken the last one when the next is due misses it, and is told
 * everything anew as soon as it reads again.
 */
export class LookReader extends Readable {
  readonly #sampler: Sampler;
  readonly #principal: Principal;
  readonly #unfollow: () => void;
  #taken = true;
  #anew = true;

  constructor(sampler: Sampler, principal: Principal) {
    // It asks for more when it holds nothing.
    super({ highWaterMark: 1 });
    this.#sampler = sampler;
    this.#principal = principal;
    this.#unfollow = followProven(principal, {
      rightsChanged: () => {
        this.#anew = true;
      },
      principalEnded: why => this.finish(why),
    });
  }

  override _read(): void {
    this.#taken = true;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#unfollow();
    done(error);
  }

  /** The sampler has looked. */
  tell(): void {
    if (this.readableEnded || this.destroyed) return;
    if (!this.#taken) {
      this.#anew = true;
      return;
    }
    this.#taken = this.push(this.#sampler.event(this.#anew ? 'snapshot' : 'change', this.#principal));
    this.#anew = false;
  }

  /** There is nothing more for it. */
  finish(why: string): void {
    if (this.destroyed) return;
    this.push(endEvent(why));
    this.push(null);
  }
}
