import { type Broker, Principal, type Report, SPACE_DEFAULT, type Turn } from '@angarium/core';
import type { Denial, Mechanism, Origin, Peer, ScramMechanism } from '@angarium/transport';
import type { Principals } from '../authorization/principals.ts';
import { Authorities } from './authorities.ts';
import { type Authority, BUSY, type Identity, isIdentity, WRONG, WRONG_TOKEN } from './authority.ts';
import type { AuthorityHealth } from './authority-health.ts';
import { FailedAttempts, sourceOf } from './failed-attempts.ts';
import { FederatedUsers } from './federated-users.ts';
import type { KnownUser } from './known-user.ts';
import { OfferedMechanisms } from './offered-mechanisms.ts';
import { PasswordCheck } from './password-check.ts';
import { impossibleScramCredentials } from './scram-credentials.ts';
import type { ScramUser } from './scram-exchange.ts';
import { type ServerCookies, serverCookies } from './session-cookie.ts';
import { type Claim, type Home, SpaceNames } from './space-names.ts';
import { TokenUses } from './token-uses.ts';
import { findToken, ownerOfToken } from './tokens.ts';
import { ANONYMOUS, Users } from './users.ts';
import { type SessionTimes, WebSessions } from './web-sessions.ts';

export interface AuthenticatorOptions {
  readonly broker: Broker;
  readonly principals: Principals;
  readonly turn: Turn;
  readonly report: Report;
  /** Is told of who could not prove to be whom he says, as `FailedAttempts` counts it. */
  readonly onFailure?: (source: string, user: string) => void;
  /** The server's own, and the same after a restart. */
  readonly secret: Uint8Array;
  /** Users of the configuration, by the name that clients send. */
  readonly users: ReadonlyMap<string, KnownUser>;
  /** Anonymous access from anywhere, users or not: only when asked for by name. */
  readonly allowAnonymous: boolean;
  /** What stands behind the names of address spaces in host names; empty: nothing does. */
  readonly spaceDomain: string;
  /** How long somebody stays signed in with a browser. */
  readonly sessionTimes: SessionTimes;
}

/** Somebody who says who he is. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

type Answer = Principal | Denial;

const NOBODY: Denial = { kind: 'failure', why: 'this server wants a user name and a password' };
const NO_CERTIFICATE: Denial = { kind: 'failure', why: 'the certificate is of no user here' };

/**
 * Decides who may come in, and as whom: users that the server knows itself, those whom the authentication service of an address space knows, and
 * anonymous ones from this machine until somebody may administer the server. What is wrong is told in the same words, and takes as long, whether there is such a
 * user, or such an address space, or not.
 */
export class Authenticator implements Disposable {
  readonly users: Users;
  readonly tokenUses = new TokenUses();
  readonly sessions: WebSessions;
  readonly cookies: ServerCookies;
  readonly #options: AuthenticatorOptions;
  readonly #names: SpaceNames;
  readonly #authorities: Authorities;
  readonly #federated: FederatedUsers;
  readonly #check = new PasswordCheck();
  readonly #attempts: FailedAttempts;
  readonly #offered: OfferedMechanisms;

  constructor(options: AuthenticatorOptions) {
    const { broker, principals, turn, report, users, spaceDomain, sessionTimes, secret } = options;
    this.#options = options;
    this.sessions = new WebSessions(principals, turn, sessionTimes);
    this.cookies = serverCookies(secret);
    this.users = new Users({ broker, principals, configured: users });
    this.#names = new SpaceNames(broker, spaceDomain);
    this.#authorities = new Authorities(broker, turn, report);
    this.#federated = new FederatedUsers(this.users, principals);
    this.#attempts = new FailedAttempts(turn, report, options.onFailure);
    this.#offered = new OfferedMechanisms({ broker, users: this.users, authorityOf: space => this.#authorities.of(space) });
    this.users.onChange = space => this.#offered.changed(space);
    this.#authorities.onChange = space => this.#offered.changed(space);
  }

  get hasUsers(): boolean {
    return this.users.any;
  }

  /** Whether someone who does not say who he is may come in. */
  allowsAnonymous(loopback: boolean): boolean {
    return this.#options.allowAnonymous || (loopback && !this.users.administered);
  }

  /** The address space that a connection names by the host that it calls. */
  spaceOf(origin: Origin): string | undefined {
    return this.#names.named(origin).space;
  }

  authorityOf(origin: Origin): Authority | undefined {
    return this.#authorities.of(this.spaceOf(origin) ?? SPACE_DEFAULT);
  }

  /** Where users of this address space may sign in with a browser, besides here. */
  webLoginOf(space: string): ReturnType<Authorities['webLoginOf']> {
    return this.#authorities.webLoginOf(space);
  }

  /** Whether anybody could come in by saying a name and a password. */
  get takesPasswords(): boolean {
    return this.#offered.all.includes('PLAIN');
  }

  /** Of an AuthenticationService; undefined: nobody has needed it yet, or it asks nobody. */
  health(authenticationService: string): AuthorityHealth | undefined {
    return this.#authorities.health(authenticationService);
  }

  /** Whether there is such a user, or may be one that the authentication service of the space knows. */
  mayHave(space: string, user: string): boolean {
    return user === ANONYMOUS || this.users.find(space, user) !== undefined || this.#authorities.of(space) !== undefined;
  }

  /** Strongest first. Without a server name, nobody knows yet which space is meant: what any of them has is offered. */
  mechanisms(peer: Peer): readonly Mechanism[] {
    const space = this.spaceOf({ peer });
    const offered = space === undefined ? this.#offered.all : this.#offered.of(space);
    const certificate = peer.tls?.certificate !== undefined;
    const possible = certificate ? offered : offered.filter(mechanism => mechanism !== 'EXTERNAL');
    return peer.principal || this.allowsAnonymous(peer.loopback) ? [...possible, 'ANONYMOUS'] : possible;
  }

  // ---- names and passwords

  /** Who has this name and password. */
  async password(credentials: Credentials, origin: Origin): Promise<Answer> {
    const source = sourceOf(origin.peer.address);
    if (this.#attempts.refuses(source)) return BUSY;
    const claim = this.#names.claim(credentials.user, origin);
    const answer = await this.#passwordOf(claim, credentials.password);
    return answer instanceof Principal ? answer : await this.#failed(source, claim, answer);
  }

  /** The same at once, where it was found to be right a moment ago: for protocols that say it with each request. */
  recognize(credentials: Credentials, origin: Origin): Principal | undefined {
    const claim = this.#names.claim(credentials.user, origin);
    const { home, known } = this.#knownOf(claim);
    if (known === undefined || known.proof === 'federated') return this.#recognized(claim, claim.user, credentials.password);
    if (!this.#check.recognizes(known, credentials.password)) return undefined;
    return this.#admitKnown(known, home);
  }

  async #passwordOf(claim: Claim, password: string): Promise<Answer> {
    const { home, known } = this.#knownOf(claim);
    let hashed = false;
    if (known?.proof === 'service-account') {
      const answer = this.#serviceAccount(known, password, home);
      if (answer instanceof Principal) return answer;
    } else if (known?.passwordHash !== undefined) {
      const right = await this.#check.verify(home.space, known, password, known);
      if (right === undefined) return BUSY;
      const principal = right ? this.#admitKnown(known, home) : undefined;
      if (principal !== undefined) return principal;
      // Who is known at home is nobody else; an administrator's name may be somebody's of the space that he visits.
      if (home === claim.homes[0]) return WRONG;
      hashed = true;
    }
    const asked = await this.#askAuthorities(claim, password);
    if (asked !== undefined) return asked;
    if (hashed) return WRONG;
    const right = await this.#check.verify(home.space, undefined, password, this.users.example(home.space));
    return right === undefined ? BUSY : WRONG;
  }

  /** Whom the server knows itself by this name, at the likeliest home. */
  #knownOf(claim: Claim): { readonly home: Home; readonly known: KnownUser | undefined } {
    for (const home of claim.homes) {
      const known = this.users.find(home.space, claim.user);
      if (known !== undefined) return { home, known };
    }
    return { home: claim.homes[0], known: undefined };
  }

  #admitKnown(known: KnownUser, home: Home, expiresAtMs?: number): Principal | undefined {
    if (known.disabled) return undefined;
    const { principals } = this.#options;
    const { space, name: user, groups, configured } = known;
    const principal = principals.admit({
      space,
      user,
      ...(groups.length > 0 && { groups }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
      ...(configured && { standing: 'administers-server' }),
    });
    return home.mustAdminister && !principal.administersServer ? undefined : principal;
  }

  /** undefined: there is nobody to ask, or nobody knows him. */
  async #askAuthorities(claim: Claim, password: string): Promise<Answer | undefined> {
    for (const home of claim.homes) {
      const authority = this.#authorities.of(home.space);
      // A token may stand where a password does, for clients that know nothing else.
      const found = await (authority?.password?.(claim.user, password) ?? authority?.token?.(password));
      if (found === undefined) continue;
      if (!isIdentity(found)) {
        if (found.temporary) return found;
        continue;
      }
      // The name beside a token must not be another one.
      if (!authority?.password && claim.user !== '' && claim.user !== found.user) return undefined;
      const principal = this.#admitFederated(home, found);
      if (principal !== undefined) return principal;
    }
    return undefined;
  }

  #admitFederated({ space, mustAdminister }: Home, identity: Identity): Principal | undefined {
    const answer = this.#federated.admit(space, identity);
    if (!(answer instanceof Principal)) {
      this.#options.report({ level: 'warn', what: `somebody is not let in: ${answer.why}`, addressSpace: space, user: identity.user });
      return undefined;
    }
    return mustAdminister && !answer.administersServer ? undefined : answer;
  }

  // ---- tokens

  /** Who has this token; `asUser` is whom the client says besides, if anybody. */
  async token(token: string, origin: Origin, asUser = ''): Promise<Answer> {
    const source = sourceOf(origin.peer.address);
    if (this.#attempts.refuses(source)) return BUSY;
    const owner = ownerOfToken(token);
    const claim = this.#names.claim(asUser, origin);
    const answer = owner ? this.#serviceToken(token, owner, origin, claim) : await this.#foreignToken(token, claim);
    return answer instanceof Principal ? answer : await this.#failed(source, { ...claim, user: owner?.user ?? claim.user }, answer);
  }

  /** The same at once, where it was found to be right a moment ago. */
  recognizeToken(token: string, origin: Origin): Principal | undefined {
    const owner = ownerOfToken(token);
    const claim = this.#names.claim('', origin);
    if (owner) {
      const answer = this.#serviceToken(token, owner, origin, claim);
      return answer instanceof Principal ? answer : undefined;
    }
    return this.#recognized(claim, '', token);
  }

  #recognized({ homes: [home] }: Claim, user: string, secret: string): Principal | undefined {
    const identity = this.#authorities.of(home.space)?.recognize?.(user, secret);
    return identity && this.#admitFederated(home, identity);
  }

  #serviceToken(token: string, owner: { space: string; user: string }, origin: Origin, claim: Claim): Answer {
    const known = this.users.find(owner.space, owner.user);
    const other = claim.user !== '' && claim.user !== owner.user;
    if (known === undefined || other || known.proof !== 'service-account') return WRONG_TOKEN;
    const { space: named, contradictory, byTls } = this.#names.named(origin);
    const mustAdminister = contradictory || (byTls && named !== owner.space);
    const answer = this.#serviceAccount(known, token, { space: owner.space, mustAdminister });
    return answer instanceof Principal ? answer : WRONG_TOKEN;
  }

  #serviceAccount(known: KnownUser, token: string, home: Home): Answer {
    const { nowMs } = this.#options.turn;
    const kept = findToken(known, token, nowMs);
    const principal = kept && this.#admitKnown(known, home, kept.expiresMs);
    if (principal === undefined) return WRONG;
    this.tokenUses.used(kept!.id, nowMs);
    return principal;
  }

  async #foreignToken(token: string, claim: Claim): Promise<Answer> {
    for (const home of claim.homes) {
      const found = await this.#authorities.of(home.space)?.token?.(token);
      if (found === undefined) continue;
      if (!isIdentity(found)) {
        if (found.temporary) return found;
        continue;
      }
      if (claim.user !== '' && claim.user !== found.user) return WRONG_TOKEN;
      const principal = this.#admitFederated(home, found);
      if (principal !== undefined) return principal;
    }
    return WRONG_TOKEN;
  }

  // ---- certificates, and nobody

  /** Whom the verified certificate names; `asUser` is whom the client says besides. undefined: it has none. */
  certificate(origin: Origin, asUser = ''): Answer | undefined {
    const certificate = origin.peer.tls?.certificate;
    if (certificate === undefined) return undefined;
    const { homes, user } = this.#names.claim(asUser, origin);
    for (const home of homes) {
      const known = this.users.ofCertificate(home.space, certificate);
      const found = known ? undefined : this.#authorities.of(home.space)?.certificate?.(certificate);
      let principal: Principal | undefined;
      if (known) principal = this.#admitKnown(known, home, certificate.expiresMs);
      else if (found && isIdentity(found)) principal = this.#admitFederated(home, { expiresAtMs: certificate.expiresMs, ...found });
      if (principal !== undefined) return user === '' || user === principal.user ? principal : NO_CERTIFICATE;
    }
    return NO_CERTIFICATE;
  }

  /** Who says nothing of himself. */
  nameless(origin: Origin): Answer {
    const { principal } = origin.peer;
    if (principal !== undefined && principal.endedWhy === undefined) return principal;
    const certified = this.certificate(origin);
    if (certified instanceof Principal) return certified;
    if (!this.allowsAnonymous(origin.peer.loopback)) return certified ?? NOBODY;
    const { principals } = this.#options;
    const first = origin.peer.loopback && !this.users.administered;
    const standing = first ? 'administers-server' : 'administers-space';
    return principals.admit({ space: SPACE_DEFAULT, user: ANONYMOUS, standing });
  }

  // ---- mechanisms of several messages

  /** Whose credentials an exchange of SCRAM is about; for a name of nobody, credentials that look like somebody's. */
  scramUser(mechanism: ScramMechanism, name: string, origin: Origin): ScramUser {
    const claim = this.#names.claim(name, origin);
    const { home, known } = this.#knownOf(claim);
    const example = this.users.example(home.space)?.scram.get(mechanism);
    // Made for known names too, so that the answer takes as long.
    const impossible = impossibleScramCredentials(mechanism, `${home.space}/${claim.user}`, this.#options.secret, example);
    const credentials = known?.scram.get(mechanism);
    if (known === undefined || credentials === undefined) return { admit: () => undefined, credentials: impossible };
    // He may have been deleted, or have got another password meanwhile.
    const admit = (): Principal | undefined =>
      this.users.find(known.space, claim.user) === known ? this.#admitKnown(known, home) : undefined;
    return { admit, credentials };
  }

  /** Counts a failure of an exchange that was about this name, and calls `answer` when its time has come. */
  failed(origin: Origin, name: string, answer: () => void): void {
    this.#attempts.failed(sourceOf(origin.peer.address), attemptKey(this.#names.claim(name, origin)), answer);
  }

  refusesSource(origin: Origin): boolean {
    return this.#attempts.refuses(sourceOf(origin.peer.address));
  }

  /** Admits whom a relayed mechanism has found. */
  relayed(origin: Origin, identity: Identity): Answer {
    const { homes } = this.#names.claim('', origin);
    return this.#admitFederated(homes[0], identity) ?? WRONG;
  }

  /** Answers when the time of a failed attempt has come. What could not be looked at is no failure. */
  #failed(source: string, claim: Claim, denial: Denial): Promise<Denial> {
    if (denial.temporary) return Promise.resolve(denial);
    return new Promise(resolve => this.#attempts.failed(source, attemptKey(claim), () => resolve(denial)));
  }

  [Symbol.dispose](): void {
    this.#attempts.close();
    this.sessions[Symbol.dispose]();
    this.users[Symbol.dispose]();
    this.#names[Symbol.dispose]();
    this.#authorities[Symbol.dispose]();
  }
}

/** What attempts at somebody are counted by. */
function attemptKey({ user, homes }: Claim): string {
  return `${homes[0].space}/${user}`;
}
