import { createHash, timingSafeEqual } from 'node:crypto';
import type { Denial } from '@angarium/transport';
import type { JWTPayload } from 'jose';
import { type ConsoleClient, type OidcSpec, TIMEOUT_MS_DEFAULT } from './authentication-service.ts';
import { type Identity, UNCONFIRMED, UNREACHABLE, type WebLogin, type WebLoginAttempt } from './authority.ts';
import { endpointOf } from './issuer-keys.ts';
import { type Form, fetchDocument } from './limited-fetch.ts';

/** The longest token, in characters. */
export const TOKEN_LENGTH_MAX = 16_384;
/** What is asked for besides `openid`, where nothing is said. */
const SCOPES_DEFAULT = ['profile'];
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

  constructor(spec: OidcSpec, client: ConsoleClient, reader: TokenReader) {
    this.title = client.title;
    this.#spec = spec;
    this.#client = client;
    this.#reader = reader;
  }

  async begin({ state, nonce, verifier, redirectUri }: WebLoginAttempt): Promise<string | Denial> {
    const metadata = await this.#reader.metadata();
    if (metadata === undefined) return UNREACHABLE;
    const { clientId, scopes = SCOPES_DEFAULT } = this.#client;
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
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }))
      url.searchParams.set(name, value);
    return url.href;
  }

  async finish(attempt: WebLoginAttempt, query: Readonly<Record<string, string | undefined>>): Promise<Identity | Denial> {
    const { code, error, error_description: description, iss } = query;
    // RFC 9207: what another provider has answered is not taken for what this one has.
    if (iss !== undefined && iss !== this.#spec.issuer) return this.#refuse(new Error(`the answer is of another issuer (${iss})`));
    if (code === undefined) return this.#refuse(new Error([error ?? 'there is no code', description].filter(Boolean).join(', ')));
    const metadata = await this.#reader.metadata();
    if (metadata === undefined) return UNREACHABLE;
    try {
      const url = endpointOf(metadata, 'token_endpoint', this.#spec.issuer);
      const tokens = await fetchDocument(url, this.#spec.timeoutMs ?? TIMEOUT_MS_DEFAULT, this.#form(attempt, code, metadata));
      return await this.#identityOf(tokens, attempt);
    } catch (cause) {
      return this.#refuse(cause);
    }
  }

  /** RFC 6749, sections 4.1.3 and 2.3.1: in the header where the provider does not want something else. */
  #form({ verifier, redirectUri }: WebLoginAttempt, code: string, metadata: Record<string, unknown>): Form {
    const { clientId, clientSecret } = this.#client;
    const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
    if (clientSecret === undefined) return { fields: { ...fields, client_id: clientId } };
    const methods = metadata.token_endpoint_auth_methods_supported;
    if (Array.isArray(methods) && !methods.includes('client_secret_basic'))
      return { fields: { ...fields, client_id: clientId, client_secret: clientSecret } };
    const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
    return { fields, headers: { authorization: `Basic ${credentials}` } };
  }

  /**
   * The ID token says that this browser's user was there just now, for us. Who he is says the access token where it is one that is taken over other
   * protocols too, so that he is the same everywhere; else the ID token. Throws what is for the log.
   */
  async #identityOf(tokens: Record<string, unknown>, { nonce }: WebLoginAttempt): Promise<Identity | Denial> {
    const { id_token: idToken, access_token: accessToken } = tokens;
    const { clientId } = this.#client;
    if (!isSignedToken(idToken)) throw new Error('there is no ID token in the answer');
    const claims = await this.#reader.read(idToken, clientId);
    if (typeof claims === 'string') throw new Error(`the ID token is not taken: ${claims}`);
    // OpenID Connect Core, section 3.1.3.7, numbers 4, 5 and 11.
    if (claims.azp === undefined ? Array.isArray(claims.aud) && claims.aud.length > 1 : claims.azp !== clientId)
      throw new Error('the ID token is for another client');
    if (typeof claims.nonce !== 'string' || !isSame(claims.nonce, nonce)) throw new Error('the ID token is not one of this sign-in');
    const access = isSignedToken(accessToken) ? await this.#reader.read(accessToken, this.#spec.audience) : undefined;
    const isOfSame = typeof access === 'object' && access.sub === claims.sub;
    const identity = this.#reader.identityOf(isOfSame ? access : claims);
    if (typeof identity === 'string') throw new Error(identity);
    return identity;
  }

  #refuse(cause: unknown): Denial {
    const { message, cause: deeper } = cause as Error & { cause?: Error };
    this.#reader.refused(`somebody could not sign in: ${(deeper?.message ?? message).slice(0, WORDS_LENGTH_MAX)}`);
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
