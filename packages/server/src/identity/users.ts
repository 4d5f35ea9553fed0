import { type Broker, type Change, SPACE_DEFAULT } from '@angarium/core';
import { type PeerCertificate, type ScramMechanism, saslPrepared } from '@angarium/transport';
import type { Principals } from '../authorization/principals.ts';
import { SERVER_ADMIN } from '../authorization/roles.ts';
import { type KnownUser, userOfResource } from './known-user.ts';
import { SCRAM_MECHANISMS } from './user-authentication.ts';

/** The user of whom nobody says who it is. */
export const ANONYMOUS = 'anonymous';

export interface UsersOptions {
  readonly broker: Broker;
  readonly principals: Principals;
  /** Users of the configuration, by the name that clients send. */
  readonly configured: ReadonlyMap<string, KnownUser>;
}

/** What the users of an address space have in common. */
interface Residents {
  /** Those who have been asked for since they were written, by name. */
  readonly known: Map<string, KnownUser>;
  /** What is reckoned from all of them; undefined after a change. */
  summary: Summary | undefined;
}

interface Summary {
  /** Mechanisms that somebody has credentials for, strongest first. */
  readonly scram: readonly ScramMechanism[];
  /** Somebody has a password, or a token. */
  readonly passwords: boolean;
  readonly tokens: boolean;
  /** Somebody with a password: what attempts at nobody look like. */
  readonly example: KnownUser | undefined;
  readonly certificates: readonly KnownUser[];
}

/** Users that the server knows itself: those of the configuration, which are of the space `default`, and User documents. What documents change is in force at once. */
export class Users implements Disposable {
  readonly #broker: Broker;
  readonly #principals: Principals;
  readonly #configured: ReadonlyMap<string, KnownUser>;
  readonly #residents = new Map<string, Residents>();
  readonly #stopListening: () => void;
  /** Whoever says nothing of himself was sent away. */
  #anonymousEnded = false;
  /** Undefined after a change. */
  #administered: boolean | undefined;
  /** Called after a change of a user of this space; without its name when that may be any of them. */
  onChange: (space?: string) => void = () => {};

  constructor({ broker, principals, configured }: UsersOptions) {
    this.#broker = broker;
    this.#principals = principals;
    this.#configured = configured;
    this.#stopListening = broker.revisions.listen(change => this.#changed(change));
  }

  /** Whether there is one in any address space. */
  get any(): boolean {
    if (this.#configured.size > 0) return true;
    const { spaces, resources } = this.#broker;
    for (const space of spaces.keys()) if (resources.all('User', space).size > 0) return true;
    return false;
  }

  /** Whether there is somebody who may administer the server. As long as there is not, whoever is on this machine does: otherwise nobody could make that one. */
  get administered(): boolean {
    this.#administered ??= this.#configured.size > 0 || this.#hasAdministrator();
    return this.#administered;
  }

  #hasAdministrator(): boolean {
    const { resources } = this.#broker;
    for (const { spec } of resources.all('RoleBinding', SPACE_DEFAULT).values()) {
      const { role, subjects } = spec as { role: string; subjects: readonly ({ user: string } | { group: string })[] };
      if (role !== SERVER_ADMIN) continue;
      for (const subject of subjects) {
        // Who is in a group, an issuer of tokens may know alone.
        if ('group' in subject) return true;
        const user = resources.get('User', SPACE_DEFAULT, subject.user);
        if (user && user.spec.disabled !== true) return true;
      }
    }
    return false;
  }

  /** Users of the configuration who cannot log in by a mechanism that is offered: clients that take the strongest one by themselves do not get in. */
  get lacking(): readonly string[] {
    const { scram } = this.#summary(SPACE_DEFAULT);
    return [...this.#configured.values()].filter(user => scram.some(mechanism => !user.scram.has(mechanism))).map(({ name }) => name);
  }

  /** By the name as a client sent it. */
  find(space: string, name: string): KnownUser | undefined {
    const prepared = saslPrepared(name);
    if (prepared === undefined) return undefined;
    const configured = space === SPACE_DEFAULT ? this.#configured.get(prepared) : undefined;
    if (configured !== undefined) return configured;
    const { known } = this.#of(space);
    let user = known.get(prepared);
    if (user === undefined) {
      const resource = this.#broker.resources.get('User', space, prepared);
      if (resource === undefined) return undefined;
      user = userOfResource(resource);
      known.set(prepared, user);
    }
    return user;
  }

  /** Somebody who has a password in this space, or else anywhere that users are looked for. */
  example(space: string): KnownUser | undefined {
    return this.#summary(space).example ?? this.#summary(SPACE_DEFAULT).example;
  }

  scram(space: string): readonly ScramMechanism[] {
    return this.#summary(space).scram;
  }

  hasPasswords(space: string): boolean {
    return this.#summary(space).passwords;
  }

  hasTokens(space: string): boolean {
    return this.#summary(space).tokens;
  }

  hasCertificates(space: string): boolean {
    return this.#summary(space).certificates.length > 0;
  }

  /** Whom a verified certificate names. */
  ofCertificate(space: string, { subject, fingerprint, names }: PeerCertificate): KnownUser | undefined {
    return this.#summary(space).certificates.find(
      user =>
        user.fingerprint === fingerprint ||
        (user.subject !== undefined && user.subject === subject) ||
        (user.certificateName !== undefined && names.includes(user.certificateName)),
    );
  }

  #of(space: string): Residents {
    let residents = this.#residents.get(space);
    if (residents === undefined) {
      residents = { known: new Map(), summary: undefined };
      // Of a space that is not there nothing is remembered: strangers make up such names.
      if (this.#broker.spaces.has(space)) this.#residents.set(space, residents);
    }
    return residents;
  }

  #summary(space: string): Summary {
    const residents = this.#of(space);
    residents.summary ??= this.#summarize(space);
    return residents.summary;
  }

  #summarize(space: string): Summary {
    const configured = space === SPACE_DEFAULT ? [...this.#configured.values()] : [];
    const users = [...configured, ...[...this.#broker.resources.all('User', space).keys()].map(name => this.find(space, name)!)];
    return {
      scram: SCRAM_MECHANISMS.filter(mechanism => users.some(user => user.scram.has(mechanism))),
      passwords: users.some(user => user.passwordHash !== undefined || user.proof === 'service-account'),
      tokens: users.some(user => user.proof === 'service-account'),
      example: users.find(user => user.passwordHash !== undefined),
      certificates: users.filter(user => user.proof === 'certificate'),
    };
  }

  // ---- changes

  #changed({ kind, what, space, name }: Change): void {
    if (kind === 'AddressSpace' && what === 'deleted') this.#residents.delete(name);
    if (kind === 'RoleBinding') this.#lookForAdministrator();
    if (kind !== 'User') return;
    const residents = this.#of(space);
    const before = residents.known.get(name);
    residents.known.delete(name);
    residents.summary = undefined;
    if (what === 'deleted') this.#principals.endUser(space, name, `the user ${name} was deleted`);
    else this.#endIfOther(before, this.find(space, name)!);
    this.#lookForAdministrator();
    this.onChange(space);
  }

  #lookForAdministrator(): void {
    this.#administered = undefined;
    const { administered } = this;
    if (administered && !this.#anonymousEnded)
      this.#principals.endUser(SPACE_DEFAULT, ANONYMOUS, 'there are users now: connect as one of them', 'administers-server');
    this.#anonymousEnded = administered;
  }

  /** The log was read: what was known before is not all that there is. */
  restored(): void {
    this.#residents.clear();
    this.#administered = undefined;
    this.#anonymousEnded = this.administered;
    this.onChange();
  }

  /** Who was let in by what does not hold any longer has to go. Nobody can have been whose document was never asked for. */
  #endIfOther(before: KnownUser | undefined, now: KnownUser): void {
    const { space, name } = now;
    if (now.disabled) return this.#principals.endUser(space, name, `the user ${name} is disabled`);
    if (before !== undefined && !provesTheSame(before, now))
      this.#principals.endUser(space, name, `the user ${name} has another password, or proves who it is in another way, from now on`);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }
}

/** New tokens, and old ones that are gone, end nobody: who uses them has chosen to take turns. */
function provesTheSame(before: KnownUser, now: KnownUser): boolean {
  if (before.proof !== now.proof || before.subject !== now.subject) return false;
  if (before.fingerprint !== now.fingerprint || before.certificateName !== now.certificateName) return false;
  if (before.passwordHash?.hash.toString('hex') !== now.passwordHash?.hash.toString('hex')) return false;
  return SCRAM_MECHANISMS.every(
    mechanism => before.scram.get(mechanism)?.storedKey.toString('hex') === now.scram.get(mechanism)?.storedKey.toString('hex'),
  );
}
