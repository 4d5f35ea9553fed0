import { ALL_RIGHTS, type Change, type Claimant, type Resources, type Revisions, type Rights, RuleRights } from '@angarium/core';
import { Bindings, type Holder, type Holding, holdingOf, type UserRights } from './roles.ts';

/** What it reads of the broker, and tells it. */
export interface Declared {
  readonly resources: Resources;
  readonly revisions: Revisions;
  rightsOf: (who: Claimant) => Rights;
}

const NOTHING: Holding = { grants: [], administersServer: false, monitorsServer: false };

/** Who may do what, by the documents User, Role and RoleBinding. */
export class Authorization {
  readonly #resources: Resources;
  /** Those of spaces that were asked for, until one of their bindings changes. */
  readonly #bindings = new Map<string, Bindings>();

  /** `changed` is called when what users of a space may do may be something else; `user` is absent when that is so for all of them. */
  constructor(declared: Declared, changed: (space: string, user: string | undefined, gone: string | undefined) => void) {
    const { resources, revisions } = declared;
    this.#resources = resources;
    declared.rightsOf = who => this.#rightsNow(who);
    revisions.listen(change => {
      if (change.kind === 'RoleBinding') this.#bindings.delete(change.space);
      if (change.kind === 'User') changed(change.space, change.name, goneWhy(change));
      else if (change.kind === 'Role' || change.kind === 'RoleBinding') changed(change.space, undefined, undefined);
    });
  }

  holding(holder: Holder, spec: UserRights | undefined = this.#user(holder)): Holding {
    return holdingOf(this.#resources, holder, spec, this.#bindingsOf(holder.space));
  }

  /** Of somebody who was let in once, and may not be let in now. */
  #rightsNow(who: Claimant): Rights {
    const spec = this.#user(who);
    // Users of the configuration have no document.
    if (who.administersServer && spec === undefined) return ALL_RIGHTS;
    return rightsOf(who, spec?.disabled ? NOTHING : this.holding(who, spec));
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
