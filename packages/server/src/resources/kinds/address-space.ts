import type { Refusal } from '@angarium/core';
import Type from 'typebox';
import { CONDITIONS, type Condition, count, readiness } from '../condition.ts';
import type { Kind, Wish } from '../kind.ts';
import { Problem } from '../problem.ts';
import { SpaceStore } from '../stores/space-store.ts';
import type { World } from '../world.ts';
import { SPACE_SPEC, type SpaceSpec } from './space-spec.ts';

/** A count that tells of something that not everybody in the space may view. */
function told(what: string, of: string) {
  return Type.Optional(count(`${what} Absent for who may not view ${of}.`));
}

const STATUS = Type.Object({
  phase: Type.Union([Type.Literal('Active'), Type.Literal('Terminating')], { description: 'Terminating: it waits for its finalizers.' }),
  addresses: told('Addresses, those made for one client included.', 'all addresses'),
  connections: told('Connections of all protocols.', 'connections'),
  users: told('Users.', 'users'),
  stored: told('Messages in its queues and streams.', 'all addresses'),
  storedBytes: told('Their size. Bytes.', 'all addresses'),
  endpoints: Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Where its clients connect, by protocol.',
  }),
  conditions: CONDITIONS,
});

/** A tenant. */
export const ADDRESS_SPACE: Kind = {
  kind: 'AddressSpace',
  plural: 'addressspaces',
  scope: 'server',
  description: 'A namespace of addresses with its own users, limits and connections. The one called default is always there.',
  spec: SPACE_SPEC,
  status: STATUS,
  refuseName: name =>
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)
      ? undefined
      : 'must be lower case letters, digits and hyphens between them, at most 63 (as a level of a host name)',
  refuse: refuseSpace,
  show: ({ name, spec }, world) => {
    const { broker, memo } = world;
    const space = broker.spaces.get(name);
    const connections = memo.of('connections by space', () => connectionsBySpace(world));
    return {
      phase: 'Active',
      addresses: space?.addresses.size ?? 0,
      connections: connections.get(name) ?? 0,
      users: broker.resources.all('User', name).size,
      stored: space?.limits.account.messages ?? 0,
      storedBytes: space?.limits.account.bytes ?? 0,
      endpoints: world.endpoints(),
      conditions: readiness(wantingOf(name, spec as SpaceSpec, world)),
    };
  },
  veil: ({ rights }) => [
    ...(rights.refusePattern('view', '#') ? ['addresses', 'stored', 'storedBytes'] : []),
    ...(rights.refuseKind('view', 'Connection') ? ['connections'] : []),
    ...(rights.refuseKind('view', 'User') ? ['users'] : []),
  ],
  store: ({ broker }) => new SpaceStore(broker),
};

const NO_OWNERS: ReadonlyMap<string, string> = new Map();

function refuseSpace({ name, spec }: Wish, { broker, memo }: World): Problem | Refusal | undefined {
  const { plan, authentication, hostnames = [] } = spec as SpaceSpec;
  for (const [field, kind, named] of [
    ['plan', 'AddressSpacePlan', plan],
    ['authentication', 'AuthenticationService', authentication],
  ] as const)
    if (named !== undefined && broker.resources.get(kind, '', named) === undefined)
      return new Problem('resource-invalid', `spec.${field} names ${named}, but there is no ${kind} of this name: make it first.`);
  // Most spaces have none, and there may be thousands of them.
  const owners = hostnames.length === 0 ? NO_OWNERS : memo.of('spaces by host name', () => spacesByHostname(broker));
  for (const hostname of hostnames) {
    const owner = owners.get(hostname.toLowerCase());
    if (owner !== undefined && owner !== name)
      return new Problem(
        'resource-invalid',
        `spec.hostnames has ${hostname}, which is the address space ${owner}’s: a host name leads to one space.`,
      );
  }
  return undefined;
}

function spacesByHostname(broker: World['broker']): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { name, spec } of broker.resources.all('AddressSpace', '').values())
    for (const hostname of (spec as SpaceSpec).hostnames ?? []) owners.set(hostname.toLowerCase(), name);
  return owners;
}

function connectionsBySpace({ connections }: World): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const connection of connections()) {
    const { addressSpace } = connection;
    counts.set(addressSpace, (counts.get(addressSpace) ?? 0) + 1);
  }
  return counts;
}

/** What needs attention. */
function wantingOf(name: string, { plan, authentication }: SpaceSpec, { broker }: World): Omit<Condition, 'status' | 'type'>[] {
  const wanting: Omit<Condition, 'status' | 'type'>[] = [];
  const space = broker.spaces.get(name);
  if (plan !== undefined && !broker.resources.get('AddressSpacePlan', '', plan))
    wanting.push({ reason: 'PlanMissing', message: `There is no AddressSpacePlan ${plan}: make it, or name another one.` });
  if (authentication !== undefined && !broker.resources.get('AuthenticationService', '', authentication))
    wanting.push({
      reason: 'AuthenticationServiceMissing',
      message: `There is no AuthenticationService ${authentication}, so that nobody can log in: make it, or name another one.`,
    });
  if (space && space.addresses.size >= space.settings.addressesMax)
    wanting.push({
      reason: 'AddressesExhausted',
      message: `It has ${space.addresses.size} addresses, as many as it may have: delete some, or raise limits.addressesMax.`,
    });
  if (space?.limits.account.room === 0)
    wanting.push({
      reason: 'StorageFull',
      message: `It holds as much as it may, ${space.limits.account.words}, and takes no messages: consume some, or raise the limit.`,
    });
  return wanting;
}
