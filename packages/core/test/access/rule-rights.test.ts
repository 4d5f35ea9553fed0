import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rule } from '../../src/access/rule.ts';
import { DECISIONS_REMEMBERED_MAX, RuleRights } from '../../src/access/rule-rights.ts';

function rightsOf(...rules: readonly Rule[]): RuleRights {
  return new RuleRights({ user: 'ada', space: 'acme', grants: rules.map((rule, i) => ({ rule, from: `rule ${i}` })) });
}

test('what nobody says anything of is refused, in words that name user, action and address', () => {
  const refusal = rightsOf().refuse('send', 'orders');
  assert.equal(refusal?.code, 'unauthorized');
  assert.match(refusal.description, /ada may not send orders/);
});

test('deny beats allow, whichever comes first', () => {
  const deny: Rule = { effect: 'deny', actions: ['send'], addresses: ['orders/secret/#'] };
  const allow: Rule = { actions: ['send'], addresses: ['orders/#'] };
  for (const rights of [rightsOf(deny, allow), rightsOf(allow, deny)]) {
    assert.equal(rights.refuse('send', 'orders/1'), undefined);
    assert.ok(rights.refuse('send', 'orders/secret'));
    assert.ok(rights.refuse('send', 'orders/secret/1'));
    assert.ok(rights.refuse('receive', 'orders/1'));
  }
});

test('a pattern is allowed when one rule covers it and no denial meets it', () => {
  const rights = rightsOf(
    { actions: ['receive'], addresses: ['plant/#', 'a/x', 'a/y'] },
    { effect: 'deny', actions: ['receive'], addresses: ['plant/+/salary'] },
  );
  assert.equal(rights.refusePattern('receive', 'plant/+/temp'), undefined);
  assert.ok(rights.refusePattern('receive', 'plant/#'));
  assert.ok(rights.refusePattern('receive', 'plant/7/+'));
  assert.ok(rights.refusePattern('receive', '#'));
  assert.ok(rights.refusePattern('receive', '+/7'));
  // Two rules that cover it only together do not count.
  assert.ok(rights.refusePattern('receive', 'a/+'));
});

test('dynamic addresses are for those who know their names, and no pattern finds them', () => {
  const rights = rightsOf();
  assert.equal(rights.refuse('send', '$dynamic/42'), undefined);
  assert.equal(rights.refuse('receive', '$dynamic/42'), undefined);
  assert.ok(rights.refuse('view', '$dynamic/42'));
  assert.ok(rights.refuse('manage', '$dynamic/42'));
  for (const pattern of ['$dynamic/#', '$dynamic/+', '#', '+/+']) assert.ok(rights.refusePattern('receive', pattern), pattern);
  const denied = rightsOf({ effect: 'deny', actions: ['send'], addresses: ['$dynamic/#'] });
  assert.ok(denied.refuse('send', '$dynamic/42'));
});

test('what the server says of itself needs the right to view it, and no wildcard has it', () => {
  const all: Rule = { actions: ['send', 'receive', 'view', 'manage'], addresses: ['#', '*'] };
  assert.ok(rightsOf(all).refuse('receive', '$angarium/uptime'));
  const viewer = rightsOf({ actions: ['view'], addresses: ['$angarium/#'] });
  assert.equal(viewer.refuse('receive', '$angarium/uptime'), undefined);
  assert.equal(viewer.refusePattern('receive', '$angarium/#'), undefined);
  assert.ok(viewer.refuse('send', '$angarium/uptime'));
});

test('a rule with a name that cannot be one level allows nothing, and denies everything', () => {
  const rules = (effect: 'allow' | 'deny'): RuleRights =>
    new RuleRights({
      user: 'a/+',
      space: 'acme',
      grants: [
        { rule: { effect, actions: ['send'], addresses: ['home/$' + '{user}'] }, from: 'one' },
        { rule: { actions: ['send'], addresses: ['orders'] }, from: 'another' },
      ],
    });
  assert.ok(rules('allow').refuse('send', 'home/a/+'));
  assert.equal(rules('allow').refuse('send', 'orders'), undefined);
  assert.ok(rules('deny').refuse('send', 'orders'));
});

test('kinds of documents are asked by themselves', () => {
  const rights = rightsOf(
    { actions: ['view'], kinds: ['*'] },
    { actions: ['manage'], kinds: ['User', 'Role'] },
    { effect: 'deny', actions: ['manage'], kinds: ['Role'] },
  );
  assert.equal(rights.refuseKind('view', 'Connector'), undefined);
  assert.equal(rights.refuseKind('manage', 'User'), undefined);
  assert.ok(rights.refuseKind('manage', 'Role'));
  assert.ok(rights.refuseKind('manage', 'Connector'));
  assert.ok(rights.refuse('view', 'orders'));
});

test('whether there may be anything to do is asked without a name', () => {
  const allow: Rule = { actions: ['manage'], addresses: ['orders/#', 'home/$' + '{user}/+'] };
  assert.equal(rightsOf(allow).refuseAny('manage'), undefined);
  assert.match(rightsOf(allow).refuseAny('send')!.description, /ada may not send any address/);
  const deny = (...addresses: string[]): Rule => ({ effect: 'deny', actions: ['manage'], addresses });
  assert.equal(rightsOf(allow, deny('orders/#')).refuseAny('manage'), undefined, 'what is under home is left');
  assert.ok(rightsOf(allow, deny('orders/#', 'home/#')).refuseAny('manage'));
  assert.ok(rightsOf(allow, deny('*')).refuseAny('manage'));
  assert.ok(rightsOf({ actions: ['manage'], kinds: ['*'] }).refuseAny('manage'), 'addresses are no kind of documents');
});

test('nobody gives what he does not hold', () => {
  const rights = rightsOf(
    { actions: ['send', 'manage'], addresses: ['team/#'], kinds: ['User'] },
    { effect: 'deny', actions: ['send'], addresses: ['team/boss'] },
  );
  const may = (rule: Rule): boolean => rights.refuseRule(rule) === undefined;
  assert.ok(may({ actions: ['send'], addresses: ['team/a/#', 'team/c*', 'team/x/$' + '{user}/#'] }));
  assert.ok(!may({ actions: ['send'], addresses: ['team/#'] }));
  assert.ok(!may({ actions: ['send'], addresses: ['team/bo*'] }));
  assert.ok(!may({ actions: ['send'], addresses: ['$' + '{user}/#'] }));
  assert.ok(!may({ actions: ['receive'], addresses: ['team/a'] }));
  assert.ok(!may({ actions: ['send'], addresses: ['*'] }));
  assert.ok(may({ actions: ['manage'], kinds: ['User'] }));
  assert.ok(!may({ actions: ['manage'], kinds: ['*'] }));
});

test('a decision is explained by the rule that made it, and where that stands', () => {
  const rule: Rule = { effect: 'deny', actions: ['send'], addresses: ['orders'] };
  const rights = rightsOf({ actions: ['send'], addresses: ['*'] }, rule);
  assert.deepEqual(rights.explain('send', 'orders'), { allowed: false, rule, from: 'rule 1' });
  assert.equal(rights.explain('send', 'invoices').from, 'rule 0');
  assert.deepEqual(rights.explain('receive', 'orders'), { allowed: false, from: 'no rule allows it' });
});

test('decisions stay right when more of them are made than are remembered', () => {
  const rights = rightsOf({ actions: ['send'], addresses: ['in/#'] });
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < DECISIONS_REMEMBERED_MAX * 1.5; i++) {
      assert.equal(rights.refuse('send', `in/${i}`), undefined);
      assert.ok(rights.refuse('send', `out/${i}`));
    }
});
