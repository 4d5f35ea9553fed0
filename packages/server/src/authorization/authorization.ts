import { ALL_RIGHTS, type Change, type Resources, type Revisions, type Rights, RuleRights } from '@angarium/core';
import { Bindings, type Holder, type Holding, holdingOf, type UserRights } from './roles.ts';

/** What it reads of the broker. */
export interface Declared {
  readonly resources: Resources;
  readonly revisions: Revisions;
}

/** Who may do what, by the documents User, Role and RoleBinding. */
export class Authorization {
  readonly #resources: Resources;
  /** Those of spaces that were asked for, until one of their bindings changes. */
  readonly #bindings = new Map<string, Bindings>();

  /** `changed` is called when what users of a space may do may be something else; `user` is absent when that is so for all of them. */
  constructor({ resources, revisions }: Declared, changed: (space: string, user: string | undefined, gone: string | undefined) => void) {
    this.#resources = resources;
    revisions.listen(change => {
      if (change.kind === 'RoleBinding') this.#bindings.delete(change.space);
      if (change.kind === 'User') changed(change.space, change.name, goneWhy(change));
      else if (change.kind === 'Role' || change.kind === 'RoleBinding') changed(change.space, undefined, undefined);
    });
  }

  holding(holder: Holder, spec: UserRights | undefined = this.#user(holder)): Holding {
    return holdingOf(this.#resources, holder, spec, this.#bindingsOf(holder.space));
  }

  #user({ space, user }: Holder): UserRights | undefined {
    return this.#resources.get('User', space, user)?.spec as UserRights | undefined;
  }

  #bindingsOf(space: string): Bindings {
    let bindings = this.#bindings.get(space);
    if (bindings === undefined) {
      bindings = new Bindings(this.#resources, space);
      this.#bindings.set(space, bindings);
    }
    return bindings;
  }
}

export function rightsOf({ space, user }: Holder, { grants, administersServer }: Holding): Rights {
  return administersServer ? ALL_RIGHTS : new RuleRights({ space, user, grants });
}

/** Why nobody may be this user any more; undefined: he is there. */
function goneWhy({ what, resource }: Change): string | undefined {
  if (what === 'deleted') return `the user ${resource.name} was deleted`;
  return (resource.spec as UserRights).disabled === true ? `the user ${resource.name} is disabled` : undefined;
}
