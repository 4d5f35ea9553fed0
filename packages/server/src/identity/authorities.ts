import type { Broker, Report, Resource, Turn } from '@angarium/core';
import type { AuthenticationServiceSpec } from './authentication-service.ts';
import type { Authority, WebLogin } from './authority.ts';
import type { AuthorityHealth } from './authority-health.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { LdapDirectory } from './ldap-directory.ts';
import { OidcIssuer } from './oidc-issuer.ts';
import { SaslServer } from './sasl-server.ts';

/** The authentication services of address spaces, made of their documents when they are first asked. */
export class Authorities implements Disposable {
  readonly #broker: Broker;
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #made = new Map<string, { readonly of: Resource; readonly authority: Authority | undefined }>();
  readonly #stopListening: () => void;
  /** Called when a space may have another one from now on; without its name when that may be any of them. */
  onChange: (space?: string) => void = () => {};

  constructor(broker: Broker, turn: Turn, report: Report) {
    this.#broker = broker;
    this.#turn = turn;
    this.#report = report;
    this.#stopListening = broker.revisions.listen(({ kind, name }) => {
      if (kind === 'AuthenticationService') this.#forget(name);
      if (kind === 'AddressSpace') this.onChange(name);
      else if (kind === 'AuthenticationService' || kind === 'AddressSpacePlan') this.onChange();
    });
  }

  /** Who is asked for this address space besides its User documents; undefined: nobody. */
  of(space: string): Authority | undefined {
    const resource = this.#serviceOf(space);
    if (resource === undefined) return undefined;
    const made = this.#made.get(resource.name);
    if (made?.of === resource) return made.authority;
    made?.authority?.close();
    const authority = this.#make(resource);
    this.#made.set(resource.name, { of: resource, authority });
    return authority;
  }

  /** Where users of this address space may sign in with a browser, besides here: the name of the service, and the way. */
  webLoginOf(space: string): { readonly name: string; readonly login: WebLogin } | undefined {
    const login = this.of(space)?.webLogin;
    return login && { name: this.#serviceOf(space)!.name, login };
  }

  #serviceOf(space: string): Resource | undefined {
    const { resources } = this.#broker;
    const { authentication, plan } = (resources.get('AddressSpace', '', space)?.spec ?? {}) as { authentication?: string; plan?: string };
    const planned = plan === undefined ? undefined : resources.get('AddressSpacePlan', '', plan)?.spec;
    const name = authentication ?? (planned as { authentication?: string } | undefined)?.authentication;
    return name === undefined ? undefined : resources.get('AuthenticationService', '', name);
  }

  /** Of an AuthenticationService; undefined: nobody has needed it yet, or it asks nobody. */
  health(name: string): AuthorityHealth | undefined {
    return this.#made.get(name)?.authority?.health;
  }

  #make({ name, spec }: Resource): Authority | undefined {
    const service = spec as AuthenticationServiceSpec;
    const report: Report = event => this.#report({ ...event, authenticationService: name });
    switch (service.type) {
      case 'built-in':
        return undefined;
      case 'oidc':
        return new OidcIssuer(service, this.#turn, report);
      case 'ldap':
        return new LdapDirectory(service, this.#turn, report);
      case 'external-sasl':
        return new SaslServer(service, report);
      case 'certificate':
        return certificateAuthority(service);
    }
  }

  #forget(name: string): void {
    this.#made.get(name)?.authority?.close();
    this.#made.delete(name);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    for (const name of [...this.#made.keys()]) this.#forget(name);
  }
}
