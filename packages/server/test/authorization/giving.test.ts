import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_RIGHTS, Principal, Refusal, type Resource, type Resources, type Rule, RuleRights } from '@angarium/core';
import { refuseRole, refuseRoleBinding, refuseUser } from '../../src/authorization/giving.ts';
import { Problem } from '../../src/resources/problem.ts';

const SPACE = 'blue';

/** Documents of one space, by kind and name. */
function documents(specs: Readonly<Record<string, Readonly<Record<string, object>>>> = {}): Resources {
  const all = (kind: string): Map<string, Resource> =>
    new Map(Object.entries(specs[kind] ?? {}).map(([name, spec]) => [name, { name, space: SPACE, spec } as unknown as Resource]));
  return { get: (kind: string, _: string, name: string) => all(kind).get(name), all } as unknown as Resources;
}

/** Somebody who has been given these rules. */
function holder(...rules: Rule[]): Principal {
  const grants = rules.map(rule => ({ rule, from: 'the test' }));
  return new Principal({ user: 'ada', space: SPACE, rights: new RuleRights({ user: 'ada', space: SPACE, grants }) });
}

const administrator = new Principal({ user: 'root', space: 'default', administersServer: true, rights: ALL_RIGHTS });
const before = (spec: object): Resource => ({ spec }) as unknown as Resource;
const giving = (principal: Principal, spec: object, was?: Resource) => ({ space: SPACE, name: 'it', spec, before: was, principal });
const refused = (answer: unknown): void => assert.ok(answer instanceof Refusal && answer.code === 'unauthorized', String(answer));
const allowed = (answer: unknown): void => assert.equal(answer, undefined);

describe('nobody gives what he does not hold', () => {
  const orders: Rule = { actions: ['send', 'manage'], addresses: ['orders.*'] };

  test('a role with what its writer may do, or less', () => {
    allowed(refuseRole(giving(holder(orders), { rules: [orders] })));
    allowed(refuseRole(giving(holder(orders), { rules: [{ actions: ['send'], addresses: ['orders.eu'] }] })));
  });

  test('not a role with another action, a wider pattern, or documents', () => {
    refused(refuseRole(giving(holder(orders), { rules: [{ actions: ['receive'], addresses: ['orders.eu'] }] })));
    refused(refuseRole(giving(holder(orders), { rules: [{ actions: ['send'], addresses: ['*'] }] })));
    refused(refuseRole(giving(holder(orders), { rules: [{ actions: ['manage'], kinds: ['User'] }] })));
  });

  test('what the writer himself is denied he does not give either', () => {
    const denied: Rule = { effect: 'deny', actions: ['send'], addresses: ['orders.secret'] };
    refused(refuseRole(giving(holder(orders, denied), { rules: [{ actions: ['send'], addresses: ['orders.*'] }] })));
  });

  test('a denial that goes away is something given, and one that comes is not', () => {
    const denial: Rule = { effect: 'deny', actions: ['receive'], addresses: ['payroll'] };
    refused(refuseRole(giving(holder(orders), { rules: [] }, before({ rules: [denial] }))));
    allowed(refuseRole(giving(holder(orders), { rules: [denial] })));
    allowed(refuseRole(giving(holder(orders), { rules: [denial, orders] }, before({ rules: [denial] }))));
  });

  test('a role that is there without a document cannot be written', () => {
    const answer = refuseRole({ ...giving(administrator, { rules: [] }), name: 'admin' });
    assert.ok(answer instanceof Problem && answer.description.includes('choose another name'));
  });
});

describe('a role is bound by who holds what it gives', () => {
  const user = { role: 'user', subjects: [{ user: 'bob' }] };

  test('the administrator of a space binds its roles, and who may only send does not', () => {
    const admin = holder({ actions: ['send', 'receive', 'view', 'manage'], addresses: ['*', '$*'], kinds: ['*'] });
    allowed(refuseRoleBinding(giving(admin, user), documents()));
    refused(refuseRoleBinding(giving(holder({ actions: ['send'], addresses: ['*'] }), user), documents()));
  });

  test('to take the role out of a binding asks for the same: others may then be in it', () => {
    const little = holder({ actions: ['send'], addresses: ['*'] });
    refused(refuseRoleBinding(giving(little, { ...user, role: 'less' }, before(user)), documents({ Role: { less: { rules: [] } } })));
  });

  test('the whole server is given by who administers it, in its own space alone', () => {
    const all = holder({ actions: ['send', 'receive', 'view', 'manage'], addresses: ['*', '$*'], kinds: ['*'] });
    for (const role of ['server-admin', 'server-monitor']) {
      const server = { role, subjects: [{ user: 'bob' }] };
      refused(refuseRoleBinding({ ...giving(all, server), space: 'default' }, documents()));
      refused(refuseRoleBinding(giving(administrator, server), documents()));
      allowed(refuseRoleBinding({ ...giving(administrator, server), space: 'default' }, documents()));
    }
  });
});

describe('who writes a user can connect as him', () => {
  const bound = documents({ RoleBinding: { powerful: { role: 'admin', subjects: [{ user: 'it' }, { group: 'chiefs' }] } } });
  const manager = holder({ actions: ['manage'], kinds: ['User'] }, { actions: ['send'], addresses: ['orders'] });

  test('a user with no more than the writer has', () => {
    allowed(refuseUser(giving(manager, { authorization: [{ actions: ['send'], addresses: ['orders'] }] }), documents()));
  });

  test('not one who has more by his own rules, by a binding, or by a group', () => {
    refused(refuseUser(giving(manager, { authorization: [{ actions: ['receive'], addresses: ['orders'] }] }), documents()));
    refused(refuseUser(giving(manager, {}), bound));
    refused(refuseUser({ ...giving(manager, { groups: ['chiefs'] }), name: 'new' }, bound));
  });

  test('nor one who has had more until now: his password would be the writer’s', () => {
    refused(refuseUser({ ...giving(manager, {}, before({ groups: ['chiefs'] })), name: 'old' }, bound));
  });
});
