import { ALL_RIGHTS, Principal, SPACE_DEFAULT } from '@angarium/core';

/** Principals for the users of the configuration, who administer the server: one for each name, whatever it connects by. */
export class Principals {
  readonly #byUser = new Map<string, Principal>();

  of(user: string): Principal {
    let principal = this.#byUser.get(user);
    if (principal === undefined) {
      principal = new Principal({ user, space: SPACE_DEFAULT, administersServer: true, rights: ALL_RIGHTS });
      this.#byUser.set(user, principal);
    }
    return principal;
  }
}
