import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { heldRoles, ownBinding, ownBindings, rolesOf, ruleWords } from '../../src/logic/access.ts';
import { newPassword } from '../../src/logic/new-password.ts';

describe('what somebody may do', () => {
  test('is said by bindings to his name and to his groups, once each', () => {
    const binding = (name: string, role: string, ...subjects: ({ user: string } | { group: string })[]) => ({
      metadata: { name },
      spec: { role, subjects },
    });
    const bindings = [
      binding('a', 'viewer', { group: 'ops' }, { user: 'ada' }),
      binding('b', 'machines', { group: 'ops' }),
      binding('c', 'admin', { user: 'bob' }),
    ];
    assert.deepEqual(heldRoles(bindings, 'ada', ['ops']), [
      { role: 'viewer', binding: 'a' },
      { role: 'machines', binding: 'b', group: 'ops' },
    ]);
    assert.deepEqual(heldRoles(bindings, 'eve', []), []);
    assert.deepEqual(ownBindings(bindings, 'bob'), ['c']);
    assert.deepEqual(ownBindings(bindings, 'ada'), []);
  });

  test('is a sentence for each rule', () => {
    assert.equal(ruleWords({ actions: ['send'], addresses: ['orders', 'news/#'] }), 'may send: orders, news/#');
    assert.equal(
      ruleWords({ effect: 'deny', actions: ['view', 'manage', 'send'], kinds: ['User'] }),
      'may not view, manage and send: documents of kind User',
    );
  });

  test('can be a role that is always there, of which one is for the space of administrators alone', () => {
    assert.deepEqual(rolesOf('acme', ['machines', 'admin']), ['admin', 'developer', 'user', 'viewer', 'machines']);
    assert.ok(rolesOf('default', []).includes('server-admin'));
  });

  test('is bound as the command line does it, where a name can be one of a document', () => {
    assert.equal(ownBinding('ada'), 'user.ada');
    assert.equal(ownBinding('ada lovelace'), undefined);
  });
});

test('a password that is made is another one each time, and is typed without quotes', () => {
  const made = new Set(Array.from({ length: 100 }, newPassword));
  assert.equal(made.size, 100);
  for (const password of made) assert.match(password, /^[\w-]{24}$/);
});
