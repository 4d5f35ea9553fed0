import { RateLimitedReport, type Report, type Turn } from '@angarium/core';
import type { Denial, Mechanism } from '@angarium/transport';
import type { JWTPayload, JWTVerifyResult } from 'jose';
import type { OidcSpec } from './authentication-service.ts';
import { type Authority, type Identity, UNREACHABLE, type WebLogin, WRONG_TOKEN } from './authority.ts';
import { AuthorityHealth } from './authority-health.ts';
import { discoveryUrl, type IssuerKeys, KeysOfIssuer } from './issuer-keys.ts';
import { isSignedToken, OidcWebLogin, type TokenReader } from './oidc-web-login.ts';
import { RememberedIdentities } from './remembered-identities.ts';

/** How far the issuer's clock may be from ours, where nothing is said, in seconds. */
const CLOCK_SKEW_SECONDS = 10;
/** What is wrong with tokens is said in the log so often, in milliseconds. */
const REPORT_INTERVAL_MS = 10_000;

/** An OpenID provider: who shows a token that it has signed, for us and for now, is whom the token names (RFC 7519, RFC 9068). */
export class OidcIssuer implements Authority, TokenReader {
  readonly mechanisms: readonly Mechanism[] = ['OAUTHBEARER', 'XOAUTH2', 'PLAIN'];
  readonly discoveryUrl: string;
  readonly health: AuthorityHealth;
  readonly webLogin: WebLogin | undefined;
  readonly #spec: OidcSpec;
  readonly #turn: Turn;
  readonly #keys: KeysOfIssuer;
  readonly #remembered: RememberedIdentities;
  readonly #refusals: RateLimitedReport;

  constructor(spec: OidcSpec, turn: Turn, report: Report) {
    this.#spec = spec;
    this.#turn = turn;
    this.discoveryUrl = discoveryUrl(spec.issuer);
    this.health = new AuthorityHealth(
      report,
      `Check that this server reaches ${spec.jwksUri ?? this.discoveryUrl}, and that spec.issuer is written as the issuer writes it.`,
    );
    this.#keys = new KeysOfIssuer(spec, turn, why => {
      if (why === undefined) this.health.answered();
      else this.health.failed(turn.nowMs, 'the keys of an issuer of tokens cannot be fetched', why, { issuer: spec.issuer });
    });
    this.#remembered = new RememberedIdentities(turn);
    this.#refusals = new RateLimitedReport(report, REPORT_INTERVAL_MS);
    this.webLogin = spec.console && new OidcWebLogin(spec, spec.console, this);
  }

  recognize(user: string, token: string): Identity | undefined {
    const identity = this.#remembered.find('', token);
    return identity === undefined || (user !== '' && user !== identity.user) ? undefined : identity;
  }

  async token(token: string): Promise<Identity | Denial> {
    if (!isSignedToken(token)) return WRONG_TOKEN;
    const known = this.#remembered.find('', token);
    if (known !== undefined) return known;
    if ((await this.#keys.current()) === undefined) return UNREACHABLE;
    const claims = await this.read(token, this.#spec.audience);
    const found = typeof claims === 'string' ? claims : this.identityOf(claims);
    if (typeof found === 'string') {
      this.refused(`a token is not taken: ${found}`);
      return WRONG_TOKEN;
    }
    this.#remembered.add('', token, found);
    return found;
  }

  // ---- what its tokens say

  async metadata(): Promise<Record<string, unknown> | undefined> {
    return (await this.#keys.current())?.metadata;
  }

  refused(what: string): void {
    this.#refusals.say(this.#turn.nowMs, () => ({ level: 'warn', what, issuer: this.#spec.issuer }));
  }

  async read(token: string, audience: string | string[]): Promise<JWTPayload | string> {
    const keys = await this.#keys.current();
    if (keys === undefined) return 'the keys of the issuer are not known';
    const { errors } = await import('jose');
    try {
      return (await this.#verified(token, audience, keys)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) return wordsOf(error);
    }
    const newer = await this.#keys.newer();
    if (newer === undefined || newer === keys) return 'it is signed with a key that the issuer does not have';
    try {
      return (await this.#verified(token, audience, newer)).payload;
    } catch (error) {
      return wordsOf(error);
    }
  }

  /** The key is one of the issuer's, chosen by its id alone: what else a header says of keys (`jku`, `jwk`, `x5u`, `x5c`) is not looked at. */
  async #verified(token: string, audience: string | string[], { algorithms, find }: IssuerKeys): Promise<JWTVerifyResult> {
    const { jwtVerify } = await import('jose');
    const { issuer, clockSkewSeconds = CLOCK_SKEW_SECONDS } = this.#spec;
    return await jwtVerify(token, find, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(this.#turn.nowMs),
      requiredClaims: ['exp'],
    });
  }

  identityOf(claims: JWTPayload): Identity | string {
    const { userClaim, groupsClaim = 'groups', requiredClaims = {}, clockSkewSeconds = CLOCK_SKEW_SECONDS } = this.#spec;
    for (const [name, wanted] of Object.entries(requiredClaims)) {
      const claim = claimOf(claims, name);
      if (!(Array.isArray(claim) ? claim.includes(wanted) : claim === wanted)) return `its claim ${name} is not as it is required`;
    }
    const user = userClaim === undefined ? (claims.preferred_username ?? claims.sub) : claimOf(claims, userClaim);
    if (typeof user !== 'string' || user === '') return `it names no user (${userClaim ?? 'preferred_username or sub'})`;
    const groups = groupsOf(claimOf(claims, groupsClaim));
    if (groups === undefined) return `its claim ${groupsClaim} is no list of groups`;
    return {
      user,
      ...(claims.sub !== undefined && { subject: claims.sub }),
      groups,
      expiresAtMs: (claims.exp! + clockSkewSeconds) * 1000,
    };
  }

  close(): void {}
}

/** A claim by its name, or else by the way to it. */
function claimOf(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const level of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, level)) return undefined;
    value = (value as Record<string, unknown>)[level];
  }
  return value;
}

/** A list of names, or names with spaces between them as in `scope`; undefined: neither. */
function groupsOf(claim: unknown): string[] | undefined {
  if (claim === undefined || claim === null) return [];
  if (typeof claim === 'string') return claim.split(' ').filter(name => name !== '');
  return Array.isArray(claim) && claim.every(name => typeof name === 'string') ? claim : undefined;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
