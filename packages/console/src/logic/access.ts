import { SPACE_DEFAULT } from './space-default.ts';

/** What may be done, or not (docs/security.md). */
export interface Rule {
  readonly effect?: 'allow' | 'deny';
  readonly actions: readonly string[];
  readonly addresses?: readonly string[];
  readonly kinds?: readonly string[];
}

/** Roles that are there without a document; those of the server in the space `default` alone. */
export const BUILT_IN_ROLES: readonly { readonly name: string; readonly may: string }[] = [
  { name: 'admin', may: 'Everything in the address space.' },
  { name: 'developer', may: 'Everything with addresses; nothing with users.' },
  { name: 'user', may: 'Send to, receive from and view all addresses.' },
  { name: 'viewer', may: 'View everything.' },
  { name: 'server-admin', may: 'Everything, in all address spaces.' },
  { name: 'server-monitor', may: 'Read the metrics of the server, and the events of all address spaces.' },
];
export const SERVER_ADMIN = 'server-admin';
const SERVER_ROLES: readonly string[] = [SERVER_ADMIN, 'server-monitor'];

/** Names of the roles that somebody of this space can have. */
export function rolesOf(space: string, declared: readonly string[]): readonly string[] {
  const builtIn = BUILT_IN_ROLES.map(({ name }) => name).filter(name => !SERVER_ROLES.includes(name) || space === SPACE_DEFAULT);
  return [...builtIn, ...declared.filter(name => !builtIn.includes(name) && !SERVER_ROLES.includes(name))];
}

export type Subject = { readonly user: string } | { readonly group: string };

interface BindingLike {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly role: string; readonly subjects: readonly Subject[] };
}

/** A role that somebody has, and by what. */
export interface HeldRole {
  readonly role: string;
  readonly binding: string;
  /** The group by which he has it; absent: by his own name. */
  readonly group?: string;
}

/** The roles that a user has by his name and by groups of his document. Groups that are proved elsewhere are not known here. */
export function heldRoles(bindings: readonly BindingLike[], user: string, groups: readonly string[]): readonly HeldRole[] {
  return bindings.flatMap(({ metadata: { name: binding }, spec: { role, subjects } }) => {
    if (subjects.some(subject => 'user' in subject && subject.user === user)) return [{ role, binding }];
    const by = subjects.find(subject => 'group' in subject && groups.includes(subject.group));
    return by && 'group' in by ? [{ role, binding, group: by.group }] : [];
  });
}

/** Names of the bindings that are for this user alone, which go with him: another one of his name shall not come by his roles. */
export function ownBindings(bindings: readonly BindingLike[], user: string): readonly string[] {
  return bindings
    .filter(({ spec: { subjects } }) => subjects.length > 0 && subjects.every(subject => 'user' in subject && subject.user === user))
    .map(({ metadata }) => metadata.name);
}

/** A rule in a sentence: `may send and receive: orders, news/#`. */
export function ruleWords({ effect = 'allow', actions, addresses = [], kinds = [] }: Rule): string {
  const what = [...addresses, ...kinds.map(kind => `documents of kind ${kind}`)];
  return `${effect === 'deny' ? 'may not' : 'may'} ${listed(actions)}: ${what.length === 0 ? 'nothing' : what.join(', ')}`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Names of documents; those of users may have other signs in them. */
const PLAIN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,200}[A-Za-z0-9])?$/;

/** The binding that the command line and the console make for the role of one user; `undefined`: his name is none of a document. */
export function ownBinding(user: string): string | undefined {
  return PLAIN.test(user) ? `user.${user}` : undefined;
}
