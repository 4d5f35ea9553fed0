import type { Denial, Mechanism, PeerCertificate } from '@angarium/transport';
import type { AuthorityHealth } from './authority-health.ts';

/** Who somebody is, as an authentication service knows him. */
export interface Identity {
  readonly user: string;
  /** By which the service tells people with the same name apart, over time too. */
  readonly subject?: string;
  readonly groups: readonly string[];
  /** When what proved it runs out, in milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}

/** Takes the messages of a SASL exchange, and in the end says who it was. */
export interface IdentityExchange {
  step(message: Uint8Array, reply: (reply: IdentityReply) => void): void;
}

export type IdentityReply =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | { readonly kind: 'success'; readonly identity: Identity; readonly data?: Uint8Array }
  | Denial;

/** One try of somebody to sign in with a browser (RFC 6749, section 4.1; RFC 7636). */
export interface WebLoginAttempt {
  /** By which the browser that comes back is known as the one that was sent. */
  readonly state: string;
  /** By which the token is known as one for this try. */
  readonly nonce: string;
  /** Whose hash is told first, and itself with the code: who has only seen the code cannot use it. */
  readonly verifier: string;
  /** Where the browser comes back to. */
  readonly redirectUri: string;
}

/** By which a service says again who somebody is, without asking him (RFC 6749, section 6). */
export interface RefreshToken {
  readonly token: string;
  /** Who has given it, and to which client of his: it is shown to nobody else. */
  readonly issuer: string;
  readonly clientId: string;
  /** Whom it is about, and what his ID token was bound to. */
  readonly subject: string;
  readonly nonce: string;
}

/** Who has signed in with a browser. */
export interface WebIdentity extends Identity {
  /** Absent: when what has proved it runs out, he has to sign in again. */
  readonly refresh?: RefreshToken;
}

/** Lets people prove who they are in a browser, at the service itself. */
export interface WebLogin {
  /** What the service is called; undefined: as its document is. */
  readonly title: string | undefined;
  /** Where the browser is to go. */
  begin(attempt: WebLoginAttempt): Promise<string | Denial>;
  /** Who it was that came back, with this query. */
  finish(attempt: WebLoginAttempt, query: Readonly<Record<string, string | undefined>>): Promise<WebIdentity | Denial>;
  /** Who it is by now. */
  renew(refresh: RefreshToken): Promise<WebIdentity | Denial>;
  /** Tells the service that nobody will use it any more (RFC 7009). */
  revoke(refresh: RefreshToken): void;
}

/** Somebody outside of the server who knows the users of address spaces: what an AuthenticationService document makes. */
export interface Authority {
  /** Mechanisms that clients can use because of it. */
  readonly mechanisms: readonly Mechanism[];
  readonly password?: ((user: string, password: string) => Promise<Identity | Denial>) | undefined;
  readonly token?: (token: string) => Promise<Identity | Denial>;
  /** What `password` or `token` found a moment ago. */
  readonly recognize?: (user: string, secret: string) => Identity | undefined;
  readonly certificate?: (certificate: PeerCertificate) => Identity | Denial;
  /** Relays a mechanism as a whole. */
  readonly begin?: (mechanism: Mechanism) => IdentityExchange;
  readonly webLogin?: WebLogin | undefined;
  /** Where clients find how to get a token (RFC 8414, section 3). */
  readonly discoveryUrl?: string;
  /** Absent: nothing can fail that it asks. */
  readonly health?: AuthorityHealth;
  close(): void;
}

export function isIdentity(found: Identity | Denial): found is Identity {
  return 'user' in found;
}

/** The same words whatever was wrong. */
export const WRONG: Denial = { kind: 'failure', why: 'the user name or the password is wrong' };
export const WRONG_TOKEN: Denial = { kind: 'failure', why: 'the token is not one that is taken here, or has expired' };
export const BUSY: Denial = { kind: 'failure', why: 'too many others wait to be let in: try again later', temporary: true };
export const UNCONFIRMED: Denial = {
  kind: 'failure',
  why: 'the sign-in service has not confirmed who you are: try again, or ask the administrator, whose log says why',
};
export const CANCELLED: Denial = { kind: 'failure', why: 'it was cancelled at the sign-in service, or refused there' };
export const SIGN_IN_AGAIN: Denial = { kind: 'failure', why: 'the sign-in service does not confirm any more who you are: sign in again' };
export const UNREACHABLE: Denial = {
  kind: 'failure',
  why: 'the authentication service does not answer: try again later',
  temporary: true,
};
