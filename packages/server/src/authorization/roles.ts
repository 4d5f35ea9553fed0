import { ACTIONS, type Grant, type Resources, type Rule, SPACE_DEFAULT } from '@angarium/core';

/** Every name: wildcards alone leave out the server's own, which begin with a dollar sign. */
const ALL_NAMES = ['*', '$*'];

/** Who has it, in the space `default`, administers the whole server. */
export const SERVER_ADMIN = 'server-admin';

/** Who has it, in the space `default`, reads the metrics of the whole server and the events of all spaces, and nothing else by it. */
export const SERVER_MONITOR = 'server-monitor';

/** Roles that are there without a document. One of the same name that is declared does not count. */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly Rule[]>> = {
  admin: [{ actions: ACTIONS, addresses: ALL_NAMES, kinds: ['*'] }],
  developer: [
    { actions: ACTIONS, addresses: ['*'] },
    {
      actions: ['view'],
      addresses: ['$*'],
      kinds: ['Address', 'AddressExport', 'AddressImport', 'AddressPlan', 'AddressSpace', 'Connection', 'Connector', 'Forwarder'],
    },
  ],
  user: [{ actions: ['send', 'receive', 'view'], addresses: ['*'] }],
  viewer: [{ actions: ['view'], addresses: ALL_NAMES, kinds: ['*'] }],
  // What they give is of the server and no rule of a space: in `default` alone, elsewhere they are not there.
  [SERVER_ADMIN]: [],
  [SERVER_MONITOR]: [],
};

/** Whether a role is of the whole server. */
export function isServerRole(role: string): boolean {
  return role === SERVER_ADMIN || role === SERVER_MONITOR;
}

/** The rules of a role, built in or declared; none, where there is no such role. */
export function rulesOfRole(resources: Resources, space: string, role: string): readonly Rule[] {
  if (Object.hasOwn(BUILT_IN_ROLES, role)) return BUILT_IN_ROLES[role]!;
  return (resources.get('Role', space, role)?.spec.rules as readonly Rule[] | undefined) ?? [];
}

/** Whether there is such a role in this space, built in or declared. */
export function hasRole(resources: Resources, space: string, role: string): boolean {
  if (isServerRole(role)) return space === SPACE_DEFAULT;
  return Object.hasOwn(BUILT_IN_ROLES, role) || resources.get('Role', space, role) !== undefined;
}

/** Somebody of an address space. */
export interface Holder {
  readonly space: string;
  readonly user: string;
  /** Those that were proved besides the ones that his document has. */
  readonly groups?: readonly string[];
}

/** What somebody may do, by all documents that say anything of it. */
export interface Holding {
  readonly grants: readonly Grant[];
  readonly administersServer: boolean;
  /** Who administers it does so too. */
  readonly monitorsServer: boolean;
}

/** A `User` as far as it says what he may do. */
export interface UserRights {
  readonly groups?: readonly string[];
  readonly authorization?: readonly Rule[];
  readonly disabled?: boolean;
}

export interface Binding {
  readonly name: string;
  readonly role: string;
}

/** Who has which role, of one space. */
export class Bindings {
  readonly #ofUsers = new Map<string, Binding[]>();
  readonly #ofGroups = new Map<string, Binding[]>();

  constructor(resources: Resources, space: string) {
    for (const { name, spec } of resources.all('RoleBinding', space).values()) {
      const { role, subjects } = spec as unknown as { role: string; subjects: readonly { user?: string; group?: string }[] };
      for (const { user, group } of subjects) {
        if (user !== undefined) add(this.#ofUsers, user, { name, role });
        if (group !== undefined) add(this.#ofGroups, group, { name, role });
      }
    }
  }

  of(user: string, groups: Iterable<string>): Binding[] {
    const found = [...(this.#ofUsers.get(user) ?? [])];
    for (const group of groups) found.push(...(this.#ofGroups.get(group) ?? []));
    return found;
  }
}

function add(map: Map<string, Binding[]>, key: string, binding: Binding): void {
  const known = map.get(key);
  if (known) known.push(binding);
  else map.set(key, [binding]);
}

/** What he may do whose document says this; `spec` is absent for those who have none. */
export function holdingOf(resources: Resources, holder: Holder, spec: UserRights | undefined, bindings: Bindings): Holding {
  const { space, user } = holder;
  const grants: Grant[] = (spec?.authorization ?? []).map(rule => ({ rule, from: `the User ${user}` }));
  let administersServer = false;
  let monitorsServer = false;
  const seen = new Set<string>();
  for (const { name, role } of bindings.of(user, new Set([...(spec?.groups ?? []), ...(holder.groups ?? [])]))) {
    administersServer ||= role === SERVER_ADMIN && space === SPACE_DEFAULT;
    monitorsServer ||= isServerRole(role) && space === SPACE_DEFAULT;
    // One role that several bindings give is one.
    if (seen.has(role)) continue;
    seen.add(role);
    const from = `the role ${role}, by the RoleBinding ${name}`;
    for (const rule of rulesOfRole(resources, space, role)) grants.push({ rule, from });
  }
  return { grants, administersServer, monitorsServer };
}
