import { createHmac, randomBytes } from 'node:crypto';
import { StartError } from '../start-error.ts';
import { impossibleHash, type PasswordHash, parsePasswordHash, verifyPassword } from './password-hash.ts';
import { type ScramConfiguration, ScramUsers } from './scram-users.ts';

/** Passwords hashed at the same time: each takes a thread of the pool and some 20 MiB for a twentieth of a second. */
export const HASHINGS_MAX = 2;
/** Attempts that wait for their turn; further ones are refused at once, which costs an attacker's flood more than it costs the server. */
export const HASHINGS_WAITING_MAX = 500;
/** Right passwords that are remembered, so that a client which logs in again and again does not hash each time. */
export const REMEMBERED_MAX = 1000;

/** Who someone is. */
export interface User {
  readonly user: string;
}

/** The name of those who did not say who they are. */
export const ANONYMOUS: User = { user: 'anonymous' };

export interface AuthenticatorOptions {
  readonly users: readonly ({ readonly name: string; readonly passwordHash: string } & ScramConfiguration)[];
  /** Anonymous access from anywhere, users or not: only when asked for by name. */
  readonly allowAnonymous: boolean;
}

/** Decides who may come in: users with passwords, and anonymous ones from this machine until there are users. */
export class Authenticator {
  /** Those who can log in without sending their password. */
  readonly scram: ScramUsers;
  readonly #hashes = new Map<string, PasswordHash>();
  readonly #impossible: PasswordHash;
  readonly #allowAnonymous: boolean;
  readonly #waiting: (() => void)[] = [];
  #hashing = 0;
  /** HMACs of name and password under a key of this process, oldest first: nothing that could be read from a memory dump as a password. */
  readonly #remembered = new Set<string>();
  readonly #rememberKey = randomBytes(32);

  constructor(options: AuthenticatorOptions) {
    this.#allowAnonymous = options.allowAnonymous;
    for (const { name, passwordHash } of options.users) {
      const hash = parsePasswordHash(passwordHash);
      if (hash === undefined) {
        throw new StartError(
          'configuration',
          `The passwordHash of user "${name}" is not an argon2id hash. Make one with: angarium user hash-password`,
        );
      }
      if (this.#hashes.has(name)) throw new StartError('configuration', `The user "${name}" is configured twice.`);
      this.#hashes.set(name, hash);
    }
    this.scram = new ScramUsers(options.users);
    this.#impossible = impossibleHash(this.#hashes.values().next().value);
  }

  get hasUsers(): boolean {
    return this.#hashes.size > 0;
  }

  /** Whether someone who does not say who he is may come in. */
  allowsAnonymous(loopback: boolean): boolean {
    return this.#allowAnonymous || (loopback && !this.hasUsers);
  }

  /** The user, or `undefined` when name or password is wrong, or too many others wait. Unknown names take as long as wrong passwords. */
  async authenticate(name: string, password: string): Promise<User | undefined> {
    const fingerprint = this.#fingerprint(name, password);
    if (this.#remembered.has(fingerprint)) return { user: name };
    if (this.#hashing >= HASHINGS_MAX) {
      if (this.#waiting.length >= HASHINGS_WAITING_MAX) return undefined;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    } else this.#hashing++;
    try {
      const known = this.#hashes.get(name);
      const right = await verifyPassword(password, known ?? this.#impossible);
      if (!right || known === undefined) return undefined;
      this.#remember(fingerprint);
      return { user: name };
    } finally {
      // The place goes to the one who waits longest, or becomes free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#hashing--;
      else next();
    }
  }

  /** The user, when this password was found right before: at once, for protocols that say it with each request. */
  recognize(name: string, password: string): User | undefined {
    return this.#remembered.has(this.#fingerprint(name, password)) ? { user: name } : undefined;
  }

  #fingerprint(name: string, password: string): string {
    return createHmac('sha256', this.#rememberKey).update(`${name.length}:${name}${password}`).digest('base64');
  }

  #remember(fingerprint: string): void {
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.delete(this.#remembered.values().next().value!);
    this.#remembered.add(fingerprint);
  }
}
