import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LogLines, startTestServer, type TestServer } from '@angarium/testkit';
import { KINDS } from '../../src/resources/kinds.ts';
import { ADDRESSES, type Answer, assertProblem, type CallOptions, call } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';

const API = '/apis/angarium.dev/v1';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };

interface Shown {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly resourceVersion: string;
    readonly uid: string;
    readonly generation: number;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

function shown(answer: Answer): Shown {
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body as unknown as Shown;
}

function namesOf(answer: Answer): string[] {
  return (answer.body.items as Shown[]).map(({ metadata }) => String(metadata.name));
}

const basic = (user: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${user}:secret`).toString('base64')}` });

let server: TestServer;
/** As an administrator of the server. */
const api = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  call(server, method, path, { ...options, headers: { ...basic('root'), ...options.headers } });
const put = (path: string, spec: object, metadata: object = {}): Promise<Answer> => api('PUT', path, { body: { metadata, spec } });

before(async () => {
  server = await startTestServer({ users: [{ name: 'root', passwordHash: await cheapHash('secret') }] });
});
after(() => server[Symbol.asyncDispose]());

describe('every kind', () => {
  test('is discovered with its verbs and its schema', async () => {
    const { body } = await api('GET', API);
    assert.deepEqual(
      (body.resources as { kind: string }[]).map(({ kind }) => kind),
      KINDS.map(({ kind }) => kind),
    );
    const schemas = (await api('GET', `${API}/schemas`)).body.items as { kind: string; spec?: { properties: object } }[];
    assert.ok('messagesMax' in schemas.find(({ kind }) => kind === 'Address')!.spec!.properties);
  });

  test('is listed, and what is not there is not found', async () => {
    for (const { plural, scope, refusals } of KINDS) {
      const path = scope === 'space' ? `${API}/addressspaces/default/${plural}` : `${API}/${plural}`;
      const list = await api('GET', path);
      assert.equal(list.status, 200, plural);
      assert.match((list.body.metadata as { resourceVersion: string }).resourceVersion, /^\d+$/);
      assertProblem(await api('GET', `${path}/nothing`), 404, refusals?.missing ?? 'resource-not-found');
    }
  });

  test('with fields that it does not have is refused, with their place and a near name', async () => {
    const answer = await put(`${API}/addressspaceplans/small`, { limit: { addressesMax: 1 } });
    assertProblem(answer, 400, 'request-invalid');
    assert.match(String(answer.body.detail), /body\/spec: "limit" is not known; is "limits" meant\?/);
    assertProblem(await put(`${API}/addressspaceplans/a%20b`, {}), 422, 'resource-invalid');
    assertProblem(await put(`${API}/endpoints/amqp`, {}), 404, 'path-not-found');
  });
});

describe('a document', () => {
  const plan = `${API}/addressspaceplans/gold`;

  test('keeps its uid, and has a new version with each change and a new generation with each one of its specification', async () => {
    const made = shown(await put(plan, { displayName: 'Gold' }));
    const same = shown(await put(plan, { displayName: 'Gold' }));
    assert.deepEqual(same.metadata, made.metadata);
    const labelled = shown(await put(plan, { displayName: 'Gold' }, { labels: { team: 'a' }, annotations: { 'example.org/note': 'x y' } }));
    assert.deepEqual([labelled.metadata.uid, labelled.metadata.generation], [made.metadata.uid, 1]);
    assert.notEqual(labelled.metadata.resourceVersion, made.metadata.resourceVersion);
    const changed = shown(await put(plan, { displayName: 'Golden' }));
    assert.equal(changed.metadata.generation, 2);
    assert.equal(changed.metadata.labels, undefined);
    await api('DELETE', plan);
    assert.notEqual(shown(await put(plan, {})).metadata.uid, made.metadata.uid);
  });

  test('of two writers who have read the same, the second is told to read it again', async () => {
    const { resourceVersion } = shown(await put(plan, { displayName: 'One' })).metadata;
    assert.equal((await put(plan, { displayName: 'Two' }, { resourceVersion })).status, 200);
    const late = await put(plan, { displayName: 'Three' }, { resourceVersion });
    assertProblem(late, 409, 'conflict');
    assert.match(String(late.body.detail), /was changed since it was read: read it again/);
    assertProblem(await api('PATCH', plan, { body: { metadata: { resourceVersion }, spec: {} }, headers: MERGE }), 409, 'conflict');
    assertProblem(await api('DELETE', `${plan}?resourceVersion=${resourceVersion}`), 409, 'conflict');
    assertProblem(await put(`${API}/addressspaceplans/none`, {}, { resourceVersion }), 409, 'conflict');
    assert.equal(shown(await api('GET', plan)).spec.displayName, 'Two');
  });

  test('[RFC 7396] [RFC 6902] is patched: what is not said stays, and what it becomes is checked as a whole', async () => {
    await put(plan, { displayName: 'Gold', limits: { linksMax: 1, addressesMax: 2 } }, { labels: { a: '1' } });
    const merged = shown(
      await api('PATCH', plan, { body: { metadata: { labels: { b: '2' } }, spec: { limits: { linksMax: null } } }, headers: MERGE }),
    );
    assert.deepEqual(
      [merged.metadata.labels, merged.spec],
      [
        { a: '1', b: '2' },
        { displayName: 'Gold', limits: { addressesMax: 2 } },
      ],
    );
    const operations = [
      { op: 'test', path: '/spec/displayName', value: 'Gold' },
      { op: 'remove', path: '/metadata/labels/a' },
      { op: 'add', path: '/spec/limits/bytesMax', value: 5 },
    ];
    const patched = shown(await api('PATCH', plan, { body: operations, headers: JSON_PATCH }));
    assert.deepEqual([patched.metadata.labels, patched.spec.limits], [{ b: '2' }, { addressesMax: 2, bytesMax: 5 }]);
    assertProblem(await api('PATCH', plan, { body: [{ op: 'remove', path: '/spec/x' }], headers: JSON_PATCH }), 422, 'patch-inapplicable');
    assertProblem(
      await api('PATCH', plan, { body: [{ op: 'add', path: '/spec/x', value: 1 }], headers: JSON_PATCH }),
      400,
      'request-invalid',
    );
    assertProblem(await api('PATCH', plan, { body: { metadata: { name: 'other' } }, headers: MERGE }), 400, 'request-invalid');
    assertProblem(
      await api('PATCH', plan, { body: {}, headers: { 'content-type': 'application/strategic-merge-patch+json' } }),
      415,
      'media-type-unsupported',
    );
  });

  test('is only checked in a dry run', async () => {
    const tried = await api('PUT', `${ADDRESSES}/dry?dryRun=All`, { body: { spec: { type: 'queue' } } });
    assert.deepEqual([tried.status, shown(tried).spec], [201, { type: 'queue' }]);
    assertProblem(await api('GET', `${ADDRESSES}/dry`), 404, 'address-not-found');
    assertProblem(
      await api('PUT', `${ADDRESSES}/dry?dryRun=All`, { body: { spec: { type: 'queue', overflow: 'reject' } } }),
      422,
      'address-spec-invalid',
    );
    await put(`${ADDRESSES}/wet`, { type: 'queue' });
    assert.equal((await api('DELETE', `${ADDRESSES}/wet?dryRun=All`)).status, 204);
    await api('PUT', `${ADDRESSES}/wet?dryRun=All`, { body: { spec: { type: 'queue', messagesMax: 1 } } });
    assert.deepEqual(shown(await api('GET', `${ADDRESSES}/wet`)).spec, { type: 'queue' });
  });

  for (const path of [plan, `${ADDRESSES}/held`, `${API}/addressspaces/default/addressplans/held`])
    test(`with finalizers waits for them before it goes: ${path}`, async () => {
      const spec = path.startsWith(ADDRESSES) ? { type: 'queue' } : {};
      await put(path, spec, { finalizers: ['example.org/b', 'example.org/a'] });
      const marked = await api('DELETE', path);
      assert.equal(marked.status, 202);
      assert.equal(shown(marked).status.phase, 'Terminating');
      const { deletionTimestamp } = shown(marked).metadata;
      assert.match(String(deletionTimestamp), /Z$/);
      const one = shown(await put(path, spec, { finalizers: ['example.org/a'] }));
      assert.equal(one.metadata.deletionTimestamp, deletionTimestamp);
      assertProblem(await put(path, spec, { finalizers: ['example.org/a', 'example.org/c'] }), 409, 'conflict');
      assert.equal((await api('PATCH', path, { body: { metadata: { finalizers: null } }, headers: MERGE })).status, 204);
      assert.equal((await api('GET', path)).status, 404);
    });

  test('is selected by its labels and its name', async () => {
    for (const [name, labels] of [
      ['sel-a', { team: 'red', env: 'test' }],
      ['sel-b', { team: 'blue' }],
      ['sel-c', {}],
    ] as const)
      await put(`${API}/addressspaceplans/${name}`, {}, { labels });
    const list = async (query: string): Promise<string[]> =>
      namesOf(await api('GET', `${API}/addressspaceplans?${query}`)).filter(name => name.startsWith('sel-'));
    assert.deepEqual(await list('labelSelector=team%3Dred'), ['sel-a']);
    assert.deepEqual(await list('labelSelector=team%20in%20(red,blue),!env'), ['sel-b']);
    assert.deepEqual(await list('labelSelector=team!%3Dred'), ['sel-b', 'sel-c']);
    assert.deepEqual(await list('fieldSelector=metadata.name%3Dsel-c'), ['sel-c']);
    assertProblem(await api('GET', `${API}/addressspaceplans?labelSelector=a%3D%3D%3Db`), 400, 'request-invalid');
    assertProblem(await api('GET', `${API}/addressspaceplans?fieldSelector=spec.x%3Da`), 400, 'request-invalid');
  });
});

describe('an address space', () => {
  test('comes with its document, follows it, and goes with all that is in it', async () => {
    const path = `${API}/addressspaces/life`;
    await put(`${API}/addressspaceplans/tiny`, { limits: { addressesMax: 1 } });
    const made = shown(await put(path, { plan: 'tiny', displayName: 'Life' }));
    assert.equal(made.status.phase, 'Active');
    assert.deepEqual(made.status.endpoints, server.endpoints);
    assert.equal((await put(`${path}/addresses/a`, { type: 'queue' })).status, 201);
    assertProblem(await put(`${path}/addresses/b`, { type: 'queue' }), 403, 'addresses-exhausted');
    const [condition] = shown(await api('GET', path)).status.conditions as { reason: string }[];
    assert.equal(condition?.reason, 'AddressesExhausted');
    await put(`${API}/addressspaceplans/tiny`, { limits: { addressesMax: 2 } });
    assert.equal((await put(`${path}/addresses/b`, { type: 'queue' })).status, 201);
    await api('PATCH', path, { body: { spec: { limits: { addressesMax: 3 } } }, headers: MERGE });
    assert.equal((await put(`${path}/addresses/c`, { type: 'queue' })).status, 201);
    assertProblem(await api('DELETE', `${API}/addressspaceplans/tiny`), 409, 'resource-in-use');
    const refused = await api('DELETE', path);
    assertProblem(refused, 409, 'resource-in-use');
    assert.match(String(refused.body.detail), /has 3 addresses/);
    assert.equal((await api('DELETE', `${path}?force=true`)).status, 204);
    assertProblem(await api('GET', `${path}/addresses`), 404, 'space-not-found');
    await put(path, {});
    assert.deepEqual(namesOf(await api('GET', `${path}/addresses`)), []);
    assert.equal((await api('DELETE', path)).status, 204);
  });

  test('says what it stores, and what to do when that is all it may', async () => {
    const path = `${API}/addressspaces/full`;
    await put(path, { limits: { messagesMax: 1 } });
    await put(`${path}/addresses/a`, { type: 'queue' });
    assert.equal(shown(await api('GET', path)).status.stored, 0);
    assert.equal((await api('POST', `${path}/addresses/a/messages`, { text: 'x' })).status, 202);
    const { stored, storedBytes, conditions } = shown(await api('GET', path)).status as {
      stored: number;
      storedBytes: number;
      conditions: { reason: string; message: string }[];
    };
    assert.equal(stored, 1);
    assert.ok(storedBytes > 0);
    assert.equal(conditions[0]?.reason, 'StorageFull');
    assert.match(conditions[0].message, /1 messages \(messagesMax\).*consume some, or raise the limit/);
    assert.equal((await api('DELETE', `${path}?force=true`)).status, 204);
  });

  test('called default is always there, and may be put', async () => {
    const path = `${API}/addressspaces/default`;
    assert.deepEqual(shown(await api('GET', path)).spec, {});
    assert.ok(namesOf(await api('GET', `${API}/addressspaces`)).includes('default'));
    assert.equal((await put(path, { displayName: 'Ours' })).status, 200);
    assertProblem(await api('DELETE', `${path}?force=true`), 409, 'resource-in-use');
  });

  test('names what is there, and a host name leads to one', async () => {
    assertProblem(await put(`${API}/addressspaces/bad`, { plan: 'none' }), 422, 'resource-invalid');
    assertProblem(await put(`${API}/addressspaces/Bad_Name`, {}), 422, 'resource-invalid');
    await put(`${API}/addressspaces/host-a`, { hostnames: ['a.example.org'] });
    assertProblem(await put(`${API}/addressspaces/host-b`, { hostnames: ['A.example.org'] }), 422, 'resource-invalid');
  });

  test('that was being deleted when the server died is ended at the next start', async () => {
    await using first = await startTestServer();
    const { dataDirectory } = first;
    first.broker.createSpace('half').declare('a', { type: 'queue' }, () => {});
    await first.stop();
    const log = new LogLines();
    await using second = await startTestServer({ dataDir: dataDirectory, logger: log.logger });
    assert.equal(second.broker.spaces.has('half'), false);
    const line = await log.find(({ msg }) => msg.startsWith('an address space was being deleted when the server stopped'));
    assert.equal(line.addressSpace, 'half');
  });
});

describe('tenants', () => {
  const blue = `${API}/addressspaces/blue`;
  const asAda = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    call(server, method, path, { ...options, headers: { ...basic('ada@blue'), ...options.headers } });

  before(async () => {
    await put(blue, {});
    await put(`${API}/addressspaces/green`, {});
    await put(`${blue}/users/ada`, {
      authentication: { type: 'password', passwordHash: await cheapHash('secret') },
      authorization: [
        { actions: ['view', 'manage'], addresses: ['mine/#'] },
        { actions: ['view'], kinds: ['AddressPlan'] },
      ],
    });
    for (const name of ['mine%2Fa', 'theirs']) await put(`${blue}/addresses/${name}`, { type: 'queue' });
  });

  test('see what they may see, and are told no in the same words whether there is something or not', async () => {
    assert.deepEqual(namesOf(await asAda('GET', `${blue}/addresses`)), ['mine/a']);
    assert.equal((await asAda('GET', `${blue}/addresses/mine%2Fa`)).status, 200);
    for (const [method, path] of [
      ['GET', `${blue}/addresses/theirs`],
      ['GET', `${blue}/addresses/nothing`],
      ['DELETE', `${blue}/addresses/theirs`],
      ['GET', `${blue}/users`],
      ['GET', `${blue}/users/ada`],
      ['DELETE', `${blue}/addressplans/x`],
      ['GET', `${API}/addressspaces/green/addresses`],
      ['GET', `${API}/addressspaces/none/addresses`],
      ['GET', `${API}/addressspaces/green`],
      ['GET', `${API}/addressspaces/none`],
      ['DELETE', blue],
      ['GET', `${API}/addressspaceplans`],
      ['GET', `${blue}/addresses?secrets=true`],
    ] as const)
      assert.ok([401, 403].includes((await asAda(method, path)).status), `${method} ${path}`);
    assert.equal((await asAda('GET', `${blue}/addressplans`)).status, 200);
    assert.deepEqual(namesOf(await asAda('GET', `${API}/addressspaces`)), ['blue']);
    assert.equal((await asAda('GET', blue)).status, 200);
    assert.equal((await asAda('GET', `${API}/endpoints`)).status, 200);
  });

  test('may write what they may manage', async () => {
    assert.equal((await asAda('PUT', `${blue}/addresses/mine%2Fb`, { body: { spec: { type: 'topic' } } })).status, 201);
    assertProblem(await asAda('PUT', `${blue}/addresses/other`, { body: { spec: { type: 'topic' } } }), 403, 'unauthorized');
    assertProblem(await asAda('PUT', blue, { body: { spec: {} } }), 403, 'unauthorized');
  });

  test('do not see secrets, which stay when a document without them is written back', async () => {
    const path = `${blue}/users/ada`;
    const read = shown(await api('GET', path));
    assert.deepEqual(read.spec.authentication, { type: 'password' });
    const kept = shown(await put(path, { ...read.spec, groups: ['g'] }));
    assert.deepEqual(kept.spec.groups, ['g']);
    assert.equal((await asAda('GET', blue)).status, 200, 'the password is as before');
    const whole = shown(await api('GET', `${path}?secrets=true`)).spec.authentication as { passwordHash: string };
    assert.match(whole.passwordHash, /^\$argon2id\$/);
    const copied = await api('PATCH', path, {
      body: [{ op: 'copy', from: '/spec/authentication/passwordHash', path: '/metadata/annotations/x' }],
      headers: JSON_PATCH,
    });
    assertProblem(copied, 422, 'patch-inapplicable');
  });
});
