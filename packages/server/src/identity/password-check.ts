import { createHmac, randomBytes } from 'node:crypto';
import { FairQueue } from './fair-queue.ts';
import type { KnownUser } from './known-user.ts';
import { impossibleHash, verifyPassword } from './password-hash.ts';

/** Passwords hashed at the same time: each takes a thread of the pool and some 20 MiB for a twentieth of a second. */
export const HASHINGS_MAX = 2;
/** Attempts of one address space that wait for their turn; further ones are refused at once, which costs a flood more than it costs the server. */
export const HASHINGS_WAITING_MAX = 500;
/** Right passwords that are remembered, so that a client which logs in again and again does not hash each time. */
export const REMEMBERED_MAX = 1000;

/** Compares passwords with hashes, and takes as long for users that are not there. */
export class PasswordCheck {
  readonly #queue = new FairQueue({ runningMax: HASHINGS_MAX, waitingMax: HASHINGS_WAITING_MAX });
  /** HMACs under a key of this process, oldest first: nothing that could be read from a memory dump as a password. */
  readonly #remembered = new Set<string>();
  readonly #key = randomBytes(32);
  readonly #impossible = impossibleHash(undefined);

  /** Whether it is the user's: at once, when it was found to be so before. */
  recognizes(user: KnownUser, password: string): boolean {
    return this.#remembered.has(this.#fingerprint(user, password));
  }

  /**
   * Whether it is the user's; undefined: too many attempts wait. Where there is no such user, it is compared with a hash that no password has, and
   * costs as much as one of `example`. `space` is an address space that exists.
   */
  async verify(space: string, user: KnownUser | undefined, password: string, example: KnownUser | undefined): Promise<boolean | undefined> {
    if (user !== undefined && this.recognizes(user, password)) return true;
    const hash = user?.passwordHash ?? (example?.passwordHash ? impossibleHash(example.passwordHash) : this.#impossible);
    const same = await this.#queue.run(space, () => verifyPassword(password, hash));
    if (same === undefined) return undefined;
    if (!same || user?.passwordHash === undefined) return false;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.delete(this.#remembered.values().next().value!);
    this.#remembered.add(this.#fingerprint(user, password));
    return true;
  }

  /** The hash is in it: a password that was changed is not the one that was right. */
  #fingerprint({ space, name, passwordHash }: KnownUser, password: string): string {
    const whose = JSON.stringify([space, name, passwordHash?.hash.toString('base64') ?? '']);
    return createHmac('sha256', this.#key).update(`${whose}${password}`).digest('base64');
  }
}
