import type { Principal } from '@angarium/core';
import type { Denial } from '@angarium/transport';
import type { Principals } from '../authorization/principals.ts';
import type { Identity } from './authority.ts';
import { ANONYMOUS, type Users } from './users.ts';

/** The longest name of a user or a group that an authentication service may give. */
const NAME_LENGTH_MAX = 255;
/** Groups of one user: of somebody in more of them, nobody knows what he may not. */
export const GROUPS_MAX = 1000;

/** Lets in whom an authentication service knows, as long as no document says otherwise. */
export class FederatedUsers {
  readonly #users: Users;
  readonly #principals: Principals;

  constructor(users: Users, principals: Principals) {
    this.#users = users;
    this.#principals = principals;
  }

  /** A user that the server knows itself is nobody whom others could claim to be: its name is its own. */
  admit(space: string, identity: Identity): Principal | Denial {
    const { user, subject, groups, expiresAtMs } = identity;
    if (user === ANONYMOUS || !isName(user)) return refused('the authentication service gives a name that nobody may have');
    if (groups.length > GROUPS_MAX || !groups.every(isName))
      return refused('the authentication service gives groups that are too many, or no names');
    const known = this.#users.find(space, user);
    if (known?.disabled) return refused(`the user ${user} is disabled`);
    if (known !== undefined && known.proof !== 'federated')
      return refused(`the user ${user} is one of the server's own, and not the one of the authentication service`);
    if (known?.subject !== undefined && known.subject !== subject) return refused(`the user ${user} is another person than before`);
    const all = [...new Set([...groups, ...(known?.groups ?? [])])];
    return this.#principals.admit({
      space,
      user,
      ...(all.length > 0 && { groups: all }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
    });
  }
}

function refused(why: string): Denial {
  return { kind: 'failure', why };
}

function isName(name: string): boolean {
  return name.length > 0 && name.length <= NAME_LENGTH_MAX && !/\p{Cc}/u.test(name);
}
