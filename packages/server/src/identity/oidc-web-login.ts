import { createHash, timingSafeEqual } from 'node:crypto';
import type { Denial } from '@angarium/transport';
import type { JWTPayload } from 'jose';
import { type ConsoleClient, type OidcSpec, TIMEOUT_MS_DEFAULT } from './authentication-service.ts';
import {
  CANCELLED,
  type Identity,
  type RefreshToken,
  SIGN_IN_AGAIN,
  UNCONFIRMED,
  UNREACHABLE,
  type WebIdentity,
  type WebLogin,
  type WebLoginAttempt,
} from './authority.ts';
import { endpointOf } from './issuer-keys.ts';
import { type Form, fetchDocument, fetchText, mayAnswerLater } from './limited-fetch.ts';

/** The longest token, in characters. */
export const TOKEN_LENGTH_MAX = 16_384;
/** What is asked for besides `openid`, where nothing is said. */
const SCOPES_DEFAULT = ['profile'];
/** What makes a provider give a token by which a session goes on (OpenID Connect Core, section 11). */
const OFFLINE_ACCESS = 'offline_access';
/** Tokens that the provider is told of at a time that nobody uses them any more; of more, it is not: they run out. */
const REVOCATIONS_MAX = 32;
/** Of what somebody else says went wrong, the log has so many characters. */
const WORDS_LENGTH_MAX = 300;

/** Who knows the issuer's keys, and how its claims are read. */
export interface TokenReader {
  /** What the issuer says of itself; undefined: it has not answered yet. */
  metadata(): Promise<Record<string, unknown> | undefined>;
  /** What a token says that the issuer has signed for this audience, and that has not expired; or why it is not taken, in words for the log. */
  read(token: string, audience: string | string[]): Promise<JWTPayload | string>;
  /** Whom claims name, or why nobody. */
  identityOf(claims: JWTPayload): Identity | string;
  /** Says in the log what was wrong. */
  refused(what: string): void;
}

/** A JSON web token in its compact form (RFC 7515, section 3.1), as far as can be seen. */
export function isSignedToken(token: unknown): token is string {
  return typeof token === 'string' && token.length <= TOKEN_LENGTH_MAX && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/** Signing in at an OpenID provider by the authorization code flow, with PKCE (OpenID Connect Core, section 3.1; RFC 7636; RFC 9700). */
export class OidcWebLogin implements WebLogin {
  readonly title: string | undefined;
  readonly #spec: OidcSpec;
  readonly #client: ConsoleClient;
  readonly #reader: TokenReader;
  #revoking = 0;

  constructor(spec: OidcSpec, client: ConsoleClient, reader: TokenReader) {
    this.title = client.title;
    this.#spec = spec;
    this.#client = client;
    this.#reader = reader;
  }

  async begin({ state, nonce, verifier, redirectUri }: WebLoginAttempt): Promise<string | Denial> {
    const metadata = await this.#reader.metadata();
    if (metadata === undefined) return UNREACHABLE;
    const { clientId, consent = true } = this.#client;
    const scopes = this.#scopes(metadata);
    let url: URL;
    try {
      url = new URL(endpointOf(metadata, 'authorization_endpoint', this.#spec.issuer));
    } catch (error) {
      return this.#refuse(error);
    }
    for (const [name, value] of Object.entries({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: [...new Set(['openid', ...scopes])].join(' '),
      ...(consent && scopes.includes(OFFLINE_ACCESS) && { prompt: 'consent' }),
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }))
      url.searchParams.set(name, value);
    return url.href;
  }

  #scopes({ scopes_supported: supported }: Record<string, unknown>): readonly string[] {
    const offersMore = Array.isArray(supported) && supported.includes(OFFLINE_ACCESS);
    return this.#client.scopes ?? [...SCOPES_DEFAULT, ...(offersMore ? [OFFLINE_ACCESS] : [])];
  }

  async finish(attempt: WebLoginAttempt, query: Readonly<Record<string, string | undefined>>): Promise<WebIdentity | Denial> {
    const { code, error, error_description: description, iss } = query;
    // RFC 9207: what another provider has answered is not taken for what this one has.
    if (iss !== undefined && iss !== this.#spec.issuer) return this.#refuse(new Error(`the answer is of another issuer (${iss})`));
    // RFC 6749, section 4.1.2.1.
    if (error === 'access_denied') return CANCELLED;
    if (code === undefined) return this.#refuse(new Error([error ?? 'there is no code', description].filter(Boolean).join(', ')));
    const metadata = await this.#reader.metadata();
    if (metadata === undefined) return UNREACHABLE;
    const { verifier, redirectUri, nonce } = attempt;
    try {
      // RFC 6749, section 4.1.3.
      const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
      const tokens = await this.#tokens(metadata, fields);
      const claims = await this.#claimsOf(tokens.id_token, nonce);
      if (claims.nonce === undefined) throw new Error('the ID token is not one of this sign-in');
      if (claims.sub === undefined) throw new Error('the ID token is of nobody');
      return await this.#identityOf(tokens, claims.sub, nonce, claims);
    } catch (cause) {
      return this.#refuse(cause);
    }
  }

  async renew(refresh: RefreshToken): Promise<WebIdentity | Denial> {
    const { token, issuer, clientId, subject, nonce } = refresh;
    if (issuer !== this.#spec.issuer || clientId !== this.#client.clientId) return SIGN_IN_AGAIN;
    const metadata = await this.#reader.metadata();
    if (metadata === undefined) return UNREACHABLE;
    try {
      const tokens = await this.#tokens(metadata, { grant_type: 'refresh_token', refresh_token: token });
      // OpenID Connect Core, section 12.2: there may be none.
      const claims = tokens.id_token === undefined ? undefined : await this.#claimsOf(tokens.id_token, nonce);
      if (claims !== undefined && claims.sub !== subject) throw new Error('the ID token is of another user');
      return await this.#identityOf({ refresh_token: token, ...tokens }, subject, nonce, claims);
    } catch (cause) {
      if (mayAnswerLater(cause)) return UNREACHABLE;
      this.#refuse(cause, 'somebody cannot stay signed in');
      return SIGN_IN_AGAIN;
    }
  }

  revoke({ token, issuer, clientId }: RefreshToken): void {
    if (issuer !== this.#spec.issuer || clientId !== this.#client.clientId || this.#revoking >= REVOCATIONS_MAX) return;
    this.#revoking++;
    void this.#revoke(token).finally(() => this.#revoking--);
  }

  async #revoke(token: string): Promise<void> {
    const metadata = await this.#reader.metadata();
    if (metadata?.revocation_endpoint === undefined) return;
    try {
      const url = endpointOf(metadata, 'revocation_endpoint', this.#spec.issuer);
      const methods = metadata.revocation_endpoint_auth_methods_supported;
      const form = this.#form({ token, token_type_hint: 'refresh_token' }, methods);
      await fetchText(url, this.#spec.timeoutMs ?? TIMEOUT_MS_DEFAULT, form);
    } catch (cause) {
      this.#refuse(cause, 'a refresh token that nobody uses any more could not be revoked');
    }
  }

  async #tokens(metadata: Record<string, unknown>, fields: Form['fields']): Promise<Record<string, unknown>> {
    const url = endpointOf(metadata, 'token_endpoint', this.#spec.issuer);
    const form = this.#form(fields, metadata.token_endpoint_auth_methods_supported);
    return await fetchDocument(url, this.#spec.timeoutMs ?? TIMEOUT_MS_DEFAULT, form);
  }

  /** Who we are (RFC 6749, section 2.3.1): in the header where the provider does not want something else. */
  #form(fields: Form['fields'], methods: unknown): Form {
    const { clientId, clientSecret } = this.#client;
    if (clientSecret === undefined) return { fields: { ...fields, client_id: clientId } };
    if (Array.isArray(methods) && !methods.includes('client_secret_basic'))
      return { fields: { ...fields, client_id: clientId, client_secret: clientSecret } };
    const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
    return { fields, headers: { authorization: `Basic ${credentials}` } };
  }

  /** An ID token says that this browser's user was there, for us. Throws what is for the log. */
  async #claimsOf(idToken: unknown, nonce: string): Promise<JWTPayload> {
    const { clientId } = this.#client;
    if (!isSignedToken(idToken)) throw new Error('there is no ID token in the answer');
    const claims = await this.#reader.read(idToken, clientId);
    if (typeof claims === 'string') throw new Error(`the ID token is not taken: ${claims}`);
    // OpenID Connect Core, section 3.1.3.7, numbers 4, 5 and 11.
    if (claims.azp === undefined ? Array.isArray(claims.aud) && claims.aud.length > 1 : claims.azp !== clientId)
      throw new Error('the ID token is for another client');
    // Section 12.2: a later one may have none.
    if (claims.nonce !== undefined && !(typeof claims.nonce === 'string' && isSame(claims.nonce, nonce)))
      throw new Error('the ID token is not one of this sign-in');
    return claims;
  }

  /**
   * Who he is says the access token where it is one that is taken over other protocols too, so that he is the same everywhere; else the ID token. Throws
   * what is for the log.
   */
  async #identityOf(tokens: Record<string, unknown>, subject: string, nonce: string, claims: JWTPayload | undefined): Promise<WebIdentity> {
    const { access_token: accessToken, refresh_token: token } = tokens;
    const access = isSignedToken(accessToken) ? await this.#reader.read(accessToken, this.#spec.audience) : undefined;
    const proof = typeof access === 'object' && access.sub === subject ? access : claims;
    if (proof === undefined) throw new Error('the answer does not say who it is');
    const identity = this.#reader.identityOf(proof);
    if (typeof identity === 'string') throw new Error(identity);
    if (typeof token !== 'string' || token.length > TOKEN_LENGTH_MAX) return identity;
    const refresh = { token, issuer: this.#spec.issuer, clientId: this.#client.clientId, subject, nonce };
    return { ...identity, refresh };
  }

  #refuse(cause: unknown, what = 'somebody could not sign in'): Denial {
    const { message, cause: deeper } = cause as Error & { cause?: Error };
    this.#reader.refused(`${what}: ${(deeper?.message ?? message).slice(0, WORDS_LENGTH_MAX)}`);
    return UNCONFIRMED;
  }
}

/** RFC 6749, appendix B. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
