import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { applyCommand, commandLine, shellWord } from '../../src/logic/command-line.ts';
import { toYaml } from '../../src/logic/yaml.ts';
import { wordsOf } from './shell-words.ts';

describe('the command that is shown', () => {
  test('has options as they are typed, and leaves out what goes without saying', () => {
    assert.equal(
      commandLine(['address', 'create', 'orders'], {
        type: 'queue',
        space: 'default',
        force: false,
        plan: undefined,
        'non-destructive': true,
      }),
      'angarium address create orders --type queue --non-destructive',
    );
    assert.equal(
      commandLine(['get', 'users'], { space: 'shop', bind: ['a/#', 'b c'] }),
      "angarium get users --space shop --bind 'a/#' --bind 'b c'",
    );
  });

  test('reaches the program as it was meant, whatever is in it', () => {
    const words = ["it's", 'a b', '$HOME', '`id`', '"', '\\', 'ä€', '*', '', '!x', 'a\nb', '--', '#'];
    assert.deepEqual(wordsOf(words.map(shellWord).join(' ')), words);
  });
});

describe('the document that is shown', () => {
  test('is YAML as people write it', () => {
    const document = {
      apiVersion: 'angarium.dev/v1',
      kind: 'Address',
      metadata: { name: 'orders', labels: { team: 'blue' } },
      spec: { type: 'queue', messagesMax: 1000, bindings: ['news/#', 'yes'], diverts: [{ to: 'audit', move: true }], plan: undefined },
    };
    assert.equal(
      toYaml(document),
      `apiVersion: angarium.dev/v1
kind: Address
metadata:
  name: orders
  labels:
    team: blue
spec:
  type: queue
  messagesMax: 1000
  bindings:
    - "news/#"
    - "yes"
  diverts:
    - to: audit
      move: true
`,
    );
    assert.match(applyCommand(document), /^angarium apply -f - <<'END'\napiVersion: /);
    assert.match(applyCommand(document), /\nEND$/);
  });

  test('says what it was made from, whatever that is', () => {
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.constantFrom('yes', 'null', '1e3', '0x1f', '2026-01-01', '- a', 'a: b', '#', '~', '12:30:00', 'a #b', '.5', '1_000', '='),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), document =>
        assert.deepEqual(parse(toYaml(document)), document),
      ),
    );
  });
});
