import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { mergePatch } from '../../src/http/merge-patch.ts';
import { ADDRESSES, type Answer, assertProblem, call, PLANS } from '../support/call-api.ts';

interface Shown {
  readonly spec: object;
  readonly status: { readonly inForce: object };
}

function shown(answer: Answer): Shown {
  return answer.body as unknown as Shown;
}

describe('updating an address', () => {
  test('PATCH changes what it names, removes what is null, and is there after a restart', async () => {
    await using folder = await temporaryFolder();
    const spec = { type: 'queue', messagesMax: 5, redelivery: { attemptsMax: 3, delayMs: 100 }, deadLetter: 'dead' };
    const patched = { type: 'queue', messagesMax: 7, redelivery: { attemptsMax: 3, delayMs: 200 } };
    {
      await using server = await startTestServer({ dataDir: folder.path });
      await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec } });
      const body = { spec: { messagesMax: 7, redelivery: { delayMs: 200 }, deadLetter: null } };
      for (const type of ['application/merge-patch+json', 'application/json']) {
        const answer = await call(server, 'PATCH', `${ADDRESSES}/a`, { body, headers: { 'content-type': type } });
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        assert.deepEqual(shown(answer).spec, patched);
        assert.deepEqual(shown(answer).status.inForce, patched);
      }
    }
    await using server = await startTestServer({ dataDir: folder.path });
    assert.deepEqual(shown(await call(server, 'GET', `${ADDRESSES}/a`)).spec, patched);
  });

  test('what it would become is checked as a whole, and refused with the place and what to do', async () => {
    await using server = await startTestServer();
    await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue', ttlMaxMs: 100 } } });
    const patch = (spec: object): Promise<Answer> => call(server, 'PATCH', `${ADDRESSES}/a`, { body: { spec } });
    for (const [spec, words] of [
      [{ messageMax: 5 }, /"messageMax" is not known; is "messagesMax" meant\?/],
      [{ redelivery: { multiplier: 0 } }, /redelivery\/multiplier: expected 1 or more, found 0/],
      [{ overflow: 'drop' }, /expected one of block, reject, drop-oldest, found "drop"/],
      [{ type: null }, /"type" is missing/],
    ] as const) {
      const answer = await patch(spec);
      assertProblem(answer, 400, 'request-invalid');
      assert.match(String(answer.body.detail), words);
    }
    const together = await patch({ ttlDefaultMs: 200 });
    assertProblem(together, 422, 'address-spec-invalid');
    assert.match(String(together.body.detail), /ttlDefaultMs is longer than ttlMaxMs/);
    assertProblem(await patch({ type: 'topic' }), 409, 'address-type-mismatch');
    assertProblem(await call(server, 'PATCH', `${ADDRESSES}/b`, { body: { spec: {} } }), 404, 'address-not-found');
    assertProblem(await call(server, 'PATCH', `${ADDRESSES}/a`, { body: { specs: {} } }), 400, 'request-invalid');
    assert.deepEqual(shown(await call(server, 'GET', `${ADDRESSES}/a`)).spec, { type: 'queue', ttlMaxMs: 100 });
  });

  test('an address is shown by its alias, under its own name', async () => {
    await using server = await startTestServer();
    await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue', aliases: ['b'] } } });
    const answer = await call(server, 'GET', `${ADDRESSES}/b`);
    assert.equal((answer.body.metadata as { name: string }).name, 'a');
    assertProblem(await call(server, 'PUT', `${ADDRESSES}/b`, { body: { spec: { type: 'queue' } } }), 409, 'address-exists');
  });
});

describe('address plans', () => {
  test('are made, listed, changed for those who use them, and deleted when nobody does', async () => {
    await using server = await startTestServer();
    const made = await call(server, 'PUT', `${PLANS}/small`, { body: { spec: { messagesMax: 5 } } });
    assert.equal(made.status, 201);
    const { metadata, ...plan } = made.body as { metadata: { name: string; addressSpace: string } };
    assert.deepEqual(plan, { apiVersion: 'angarium.dev/v1', kind: 'AddressPlan', spec: { messagesMax: 5 }, status: { addresses: 0 } });
    assert.deepEqual([metadata.name, metadata.addressSpace], ['small', 'default']);
    await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue', plan: 'small' } } });
    assert.equal((await call(server, 'PUT', `${PLANS}/small`, { body: { spec: { messagesMax: 6 } } })).status, 200);
    const used = shown(await call(server, 'GET', `${ADDRESSES}/a`));
    assert.deepEqual(used.spec, { type: 'queue', plan: 'small' });
    assert.deepEqual(used.status.inForce, { type: 'queue', plan: 'small', messagesMax: 6 });
    const listed = await call(server, 'GET', PLANS);
    assert.deepEqual(
      (listed.body.items as { metadata: { name: string }; status: object }[]).map(({ metadata, status }) => [metadata.name, status]),
      [['small', { addresses: 1 }]],
    );
    assertProblem(await call(server, 'DELETE', `${PLANS}/small`), 409, 'plan-in-use');
    await call(server, 'PATCH', `${ADDRESSES}/a`, { body: { spec: { plan: null } } });
    assert.equal((await call(server, 'DELETE', `${PLANS}/small`)).status, 204);
    assertProblem(await call(server, 'GET', `${PLANS}/small`), 404, 'plan-not-found');
  });

  test('that are not there, or say what only an address can say, are refused', async () => {
    await using server = await startTestServer();
    assertProblem(await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue', plan: 'gold' } } }), 404, 'plan-not-found');
    assertProblem(await call(server, 'PUT', `${PLANS}/p`, { body: { spec: { type: 'queue' } } }), 400, 'request-invalid');
    assertProblem(await call(server, 'PUT', `${PLANS}/p`, { body: { metadata: { name: 'q' }, spec: {} } }), 400, 'request-invalid');
    assertProblem(await call(server, 'PUT', `${PLANS}/p%23`, { body: { spec: {} } }), 422, 'address-name-invalid');
    assertProblem(await call(server, 'DELETE', `${PLANS}/p`), 404, 'plan-not-found');
  });
});

// The examples of RFC 7396, appendix A.
for (const [document, patch, result] of [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
] as const)
  test(`[RFC 7396] ${JSON.stringify(document)} patched by ${JSON.stringify(patch)}`, () => {
    assert.deepEqual(mergePatch(document, patch), result);
  });
