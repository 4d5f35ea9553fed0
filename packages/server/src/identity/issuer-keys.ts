import type { Turn } from '@angarium/core';
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from 'jose';
import { type OidcSpec, TIMEOUT_MS_DEFAULT } from './authentication-service.ts';
import { fetchDocument } from './limited-fetch.ts';

/** Keys are asked for again when one is missing, and when they are old, but never more often than this, in milliseconds: tokens are made up easily. */
export const REFETCH_MIN_MS = 30_000;
/** A key that the issuer has taken back is good for so long, in milliseconds. */
export const KEYS_AGE_MAX_MS = 600_000;
/** An issuer that did not answer is asked again after this time, in milliseconds. */
export const RETRY_MS = 2_000;

/** Signatures that only the issuer can make: no `none`, and no HMAC, whose key the verifier has too (RFC 8725, section 3.1). */
export const ASYMMETRIC: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export type FindKey = (header: JWSHeaderParameters, input: FlattenedJWSInput) => Promise<CryptoKey>;

/** What is known of an issuer. */
export interface IssuerKeys {
  /** What it says of itself (OpenID Connect Discovery, section 3); absent where nobody needs that. */
  readonly metadata: Record<string, unknown> | undefined;
  readonly algorithms: string[];
  readonly find: FindKey;
  readonly fetchedMs: number;
}

/** The keys of one issuer: fetched when they are first needed, and anew when there may be others. */
export class KeysOfIssuer {
  readonly #spec: OidcSpec;
  readonly #turn: Turn;
  /** `why`: the keys could not be fetched; undefined: they were. */
  readonly #onFetched: (why: string | undefined) => void;
  #keys: IssuerKeys | undefined;
  #fetching: Promise<void> | undefined;
  #nextMs = 0;

  constructor(spec: OidcSpec, turn: Turn, onFetched: (why: string | undefined) => void) {
    this.#spec = spec;
    this.#turn = turn;
    this.#onFetched = onFetched;
  }

  /** undefined: the issuer has not answered yet. */
  async current(): Promise<IssuerKeys | undefined> {
    const { nowMs } = this.#turn;
    if (this.#keys === undefined || nowMs - this.#keys.fetchedMs > KEYS_AGE_MAX_MS) await this.#refetch();
    return this.#keys;
  }

  /** Those that are there after one was missing; the same ones: it is too early to ask again. */
  async newer(): Promise<IssuerKeys | undefined> {
    await this.#refetch();
    return this.#keys;
  }

  /** Many who wait for keys wait for the same ones. */
  async #refetch(): Promise<void> {
    if (this.#fetching === undefined) {
      if (this.#turn.nowMs < this.#nextMs) return;
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
    }
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { issuer, jwksUri, console, timeoutMs = TIMEOUT_MS_DEFAULT } = this.#spec;
    try {
      const { createLocalJWKSet } = await import('jose');
      const metadata = jwksUri === undefined || console ? await fetchDocument(discoveryUrl(issuer), timeoutMs) : undefined;
      // OpenID Connect Discovery, section 4.3.
      if (metadata !== undefined && metadata.issuer !== issuer)
        throw new Error(`it calls itself ${String(metadata.issuer)}: the issuer has to be written exactly so`);
      const uri = jwksUri ?? endpointOf(metadata!, 'jwks_uri', issuer);
      const keys = (await fetchDocument(uri, timeoutMs)) as unknown as JSONWebKeySet;
      const fetchedMs = this.#turn.nowMs;
      this.#keys = { metadata, algorithms: algorithmsOf(metadata), find: createLocalJWKSet(keys) as FindKey, fetchedMs };
      this.#nextMs = fetchedMs + REFETCH_MIN_MS;
      this.#onFetched(undefined);
    } catch (error) {
      this.#nextMs = this.#turn.nowMs + RETRY_MS;
      const { message, cause } = error as Error & { cause?: Error };
      this.#onFetched(cause?.message ?? message);
    }
  }
}

export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** Where something of the issuer is, as it says itself. Throws. */
export function endpointOf(metadata: Record<string, unknown>, name: string, issuer: string): string {
  const uri = metadata[name];
  // What comes over a way that anybody can write on is anybody's.
  if (typeof uri === 'string' && (uri.startsWith('https://') || (uri.startsWith('http://') && !issuer.startsWith('https://')))) return uri;
  throw new Error(`it does not say where its ${name} is, or not with https`);
}

/** What the issuer says that it signs with; where it says nothing, all that is safe. */
function algorithmsOf(metadata: Record<string, unknown> | undefined): string[] {
  const listed = metadata?.id_token_signing_alg_values_supported;
  return Array.isArray(listed) ? ASYMMETRIC.filter(algorithm => listed.includes(algorithm)) : [...ASYMMETRIC];
}
