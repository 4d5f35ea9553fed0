import {
  type AddressSpace,
  type AddressSpec,
  type Principal,
  Refusal,
  type Resource,
  type Resources,
  type Rule,
  refuseAccessPattern,
  type SharedAction,
  SPACE_DEFAULT,
  Visit,
} from '@angarium/core';
import { Problem } from '../resources/problem.ts';
import { Bindings, BUILT_IN_ROLES, type Holding, holdingOf, isServerRole, rulesOfRole, type UserRights } from './roles.ts';

/** What is written, by whom. */
export interface Giving {
  readonly space: string;
  readonly name: string;
  readonly spec: object;
  readonly before: Resource | undefined;
  readonly principal: Principal;
}

/** The same for a document that is to be deleted. */
export function ending(resource: Resource, principal: Principal): Giving {
  return { space: resource.space, name: resource.name, spec: {}, before: resource, principal };
}

/**
 * Why this principal may not write such an Address: it sends to where its messages go besides, and receives what it is bound to; another name of it
 * is a name that others may have meant.
 */
export function refuseAddress({ before, spec, principal }: Giving, space: AddressSpace | undefined): Refusal | undefined {
  if (space === undefined || principal.administersServer) return undefined;
  const visit = new Visit(space, principal);
  const was = leadsTo(before?.spec as unknown as AddressSpec | undefined, space);
  const is = leadsTo(spec as AddressSpec, space);
  const added = (names: readonly string[], known: readonly string[]): string[] => names.filter(name => !known.includes(name));
  for (const to of added(is.targets, was.targets)) {
    const refusal = visit.refuse('send', to);
    if (refusal) return refusal;
  }
  for (const pattern of added(is.bindings, was.bindings)) {
    const refusal = visit.refuseToReceive(pattern);
    if (refusal) return refusal;
  }
  for (const alias of added(is.aliases, was.aliases)) {
    const refusal = visit.refuse('manage', alias);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Why this principal may not export this address, or may not for these actions: others do then what he may do himself. */
export function refuseExport(
  address: string,
  actions: readonly SharedAction[],
  space: AddressSpace,
  principal: Principal,
): Refusal | undefined {
  if (principal.administersServer) return undefined;
  const visit = new Visit(space, principal);
  for (const action of ['manage', ...actions] as const) {
    const refusal = visit.refuse(action, address);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Why this principal may not import an address under this name, which others may have meant for one of their own. */
export function refuseImport(name: string, space: AddressSpace, principal: Principal): Refusal | undefined {
  return principal.administersServer ? undefined : new Visit(space, principal).refuse('manage', name);
}

/** Other names that it has to do with, by its plan as well. */
function leadsTo(spec: Partial<AddressSpec> = {}, { plans }: AddressSpace): Record<'targets' | 'bindings' | 'aliases', readonly string[]> {
  const plan = spec.plan === undefined ? undefined : plans.all.get(spec.plan)?.spec;
  const { deadLetter, expiry, diverts = [], bindings = [], aliases = [] }: Partial<AddressSpec> = { ...plan, ...spec };
  const targets = [deadLetter, expiry, ...diverts.map(({ to }) => to)].filter(to => to !== undefined);
  return { targets, bindings, aliases };
}

/** What no schema can say of rules. */
function invalidRules(rules: readonly Rule[]): Problem | undefined {
  for (const [i, { actions, addresses = [], kinds = [] }] of rules.entries()) {
    const wrong = addresses.map(pattern => ({ pattern, why: refuseAccessPattern(pattern) })).find(({ why }) => why !== undefined);
    if (wrong) return new Problem('resource-invalid', `Rule ${i + 1}: the pattern ${JSON.stringify(wrong.pattern)} ${wrong.why}.`);
    if (addresses.length === 0 && kinds.length === 0)
      return new Problem('resource-invalid', `Rule ${i + 1} has neither addresses nor kinds: say of what it is (addresses: ["*"] is all).`);
    if (addresses.length === 0 && !actions.some(action => action === 'view' || action === 'manage'))
      return new Problem('resource-invalid', `Rule ${i + 1} is of documents, which are viewed and managed: its actions are neither.`);
  }
  return undefined;
}

/**
 * Nobody gives what he does not hold: who writes rules, or makes somebody have them, may himself do all that they allow, and all that a denial which
 * goes away has kept others from.
 */
function refuseRules(principal: Principal, before: readonly Rule[], after: readonly Rule[]): Refusal | undefined {
  const stay = new Set(after.map(rule => JSON.stringify(rule)));
  const given = [
    ...after.filter(({ effect }) => effect !== 'deny'),
    ...before.filter(rule => rule.effect !== 'deny' || !stay.has(JSON.stringify(rule))),
  ];
  for (const rule of given) {
    const refusal = principal.rights.refuseRule(rule);
    if (refusal) return new Refusal('unauthorized', `${refusal.description} Nobody gives others what he may not do himself.`);
  }
  return undefined;
}

/** Why this principal may not write such a Role. */
export function refuseRole({ name, before, spec, principal }: Giving): Refusal | Problem | undefined {
  if (Object.hasOwn(BUILT_IN_ROLES, name))
    return new Problem('resource-invalid', `The role ${name} is there without a document, and is as it is: choose another name.`);
  return invalidRules(rulesIn(spec)) ?? refuseRules(principal, rulesIn(before?.spec), rulesIn(spec));
}

function rulesIn(spec: object | undefined): readonly Rule[] {
  return (spec as { rules?: readonly Rule[] } | undefined)?.rules ?? [];
}

/** Why this principal may not write such a RoleBinding. */
export function refuseRoleBinding({ space, before, spec, principal }: Giving, resources: Resources): Refusal | undefined {
  const roles = [before?.spec, spec].map(each => (each as { role?: string } | undefined)?.role);
  const ofServer = roles.find(role => role !== undefined && isServerRole(role));
  if (ofServer !== undefined) {
    if (space !== SPACE_DEFAULT)
      return new Refusal('unauthorized', `The role ${ofServer} is there in the address space ${SPACE_DEFAULT} alone.`);
    if (!principal.administersServer) return refuseServer(principal);
  }
  const rules = roles.map(role => (role === undefined ? [] : rulesOfRole(resources, space, role)));
  // Who has it may be others than before.
  return refuseRules(principal, rules[0]!, []) ?? refuseRules(principal, [], rules[1]!);
}

/** Why this principal may not write such a User: who writes one can connect as him. */
export function refuseUser({ space, name, before, spec, principal }: Giving, resources: Resources): Refusal | Problem | undefined {
  const invalid = invalidRules((spec as UserRights).authorization ?? []);
  if (invalid) return invalid;
  const bindings = new Bindings(resources, space);
  const holding = (rights: UserRights | undefined): Holding => holdingOf(resources, { space, user: name }, rights, bindings);
  const was = holding(before?.spec as UserRights | undefined);
  const is = holding(spec as UserRights);
  if ((was.monitorsServer || is.monitorsServer) && !principal.administersServer) return refuseServer(principal);
  const rules = ({ grants }: Holding): Rule[] => grants.map(({ rule }) => rule);
  return refuseRules(principal, rules(was), rules(is));
}

function refuseServer(principal: Principal): Refusal {
  return new Refusal(
    'unauthorized',
    `The user ${principal.user} may not make others administer or monitor the server: ask one who administers it.`,
  );
}
