import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { WebLoginAttempt } from './authority.ts';
import { ATTEMPT_SECONDS_MAX } from './session-cookie.ts';

/** What nobody can guess, in bytes. */
const STATE_BYTES = 32;

/** Where somebody wants to sign in. */
interface Wanted {
  readonly space: string;
  /** What he wants to look at then. */
  readonly page: string;
  readonly redirectUri: string;
}

/** What is kept in the browser meanwhile. */
interface Kept extends Wanted {
  readonly state: string;
  readonly untilMs: number;
}

/**
 * Those who were sent elsewhere to prove who they are. Nothing is kept of them here, so that strangers cannot fill anything: their browsers keep it, in a
 * cookie that only we can have made, and what must not be known there follows from it by a key that only we have.
 *
 *     <base64url of JSON>.<base64url of HMAC-SHA-256>
 */
export class SignInAttempts {
  readonly #key = randomBytes(32);

  /** Another attempt to sign in, and the cookie to remember it by. */
  begin(wanted: Wanted, nowMs: number): { readonly cookie: string; readonly attempt: WebLoginAttempt } {
    const state = randomBytes(STATE_BYTES).toString('base64url');
    const kept: Kept = { ...wanted, state, untilMs: nowMs + ATTEMPT_SECONDS_MAX * 1000 };
    return { cookie: this.#sealed(kept), attempt: this.#attemptOf(kept) };
  }

  /** The attempt that a browser has come back from; undefined: it is none of this browser, or took too long. */
  find(cookie: string, state: string, nowMs: number): (Wanted & { readonly attempt: WebLoginAttempt }) | undefined {
    const kept = this.#opened(cookie) as Partial<Kept> | undefined;
    if (kept?.state === undefined || kept.state !== state || nowMs >= kept.untilMs!) return undefined;
    return { ...(kept as Kept), attempt: this.#attemptOf(kept as Kept) };
  }

  /** A cookie that has words for the sign-in page: they are ours, and nobody else can put words there. */
  failed(problem: string): string {
    return this.#sealed({ problem });
  }

  /** The words of such a cookie. */
  problemOf(cookie: string): string | undefined {
    return (this.#opened(cookie) as { problem?: string } | undefined)?.problem;
  }

  #attemptOf({ state, redirectUri }: Kept): WebLoginAttempt {
    return { state, redirectUri, nonce: this.#mac(`nonce ${state}`), verifier: this.#mac(`verifier ${state}`) };
  }

  #sealed(content: object): string {
    const text = Buffer.from(JSON.stringify(content)).toString('base64url');
    return `${text}.${this.#mac(`cookie ${text}`)}`;
  }

  #opened(cookie: string): object | undefined {
    const [text = '', mac = ''] = cookie.split('.');
    const [shown, right] = [Buffer.from(mac), Buffer.from(this.#mac(`cookie ${text}`))];
    if (shown.length !== right.length || !timingSafeEqual(shown, right)) return undefined;
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as object;
  }

  /** 43 characters: as many as a verifier needs (RFC 7636, section 4.1). */
  #mac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
