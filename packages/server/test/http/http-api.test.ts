import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea from 'rhea';
import { firstNames } from '../../src/http/first-names.ts';
import { hashPassword } from '../../src/identity/password-hash.ts';
import { KINDS } from '../../src/resources/kinds.ts';
import { ADDRESSES, type Answer, assertProblem, call } from '../support/call-api.ts';

describe('addresses', () => {
  test('POST creates one, GET shows it and lists it, DELETE removes it', async () => {
    await using server = await startTestServer();
    const made = await call(server, 'POST', ADDRESSES, {
      body: { metadata: { name: 'orders/eu' }, spec: { type: 'queue', messagesMax: 10 } },
    });
    assert.equal(made.status, 201);
    assert.equal(made.headers.location, `${ADDRESSES}/orders%2Feu`);
    const { status, metadata, ...document } = made.body as { status: object; metadata: Record<string, unknown> };
    assert.deepEqual(document, { apiVersion: 'angarium.dev/v1', kind: 'Address', spec: { type: 'queue', messagesMax: 10 } });
    assert.deepEqual([metadata.name, metadata.addressSpace, metadata.generation], ['orders/eu', 'default', 1]);
    assert.match(String(metadata.uid), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(String(metadata.creationTimestamp), /^\d{4}-\d\d-\d\dT/);
    assert.equal((status as { phase: string }).phase, 'Active');
    assert.equal((status as { counters: { in: number } }).counters.in, 0);
    const shown = await call(server, 'GET', `${ADDRESSES}/orders%2Feu`);
    assert.deepEqual(shown.body, made.body);
    const listed = await call(server, 'GET', ADDRESSES);
    const { resourceVersion } = metadata;
    assert.deepEqual(listed.body, {
      apiVersion: 'angarium.dev/v1',
      kind: 'AddressList',
      metadata: { resourceVersion },
      items: [made.body],
    });
    assert.equal((await call(server, 'DELETE', `${ADDRESSES}/orders%2Feu`)).status, 204);
    assertProblem(await call(server, 'GET', `${ADDRESSES}/orders%2Feu`), 404, 'address-not-found');
  });

  test('POST of one that exists is a conflict; PUT of the same is fine, another specification takes its place, and another type is a conflict', async () => {
    await using server = await startTestServer();
    const body = { metadata: { name: 'a' }, spec: { type: 'queue' } };
    assert.equal((await call(server, 'POST', ADDRESSES, { body })).status, 201);
    assertProblem(await call(server, 'POST', ADDRESSES, { body }), 409, 'address-exists');
    assert.equal((await call(server, 'PUT', `${ADDRESSES}/a`, { body })).status, 200);
    const changed = await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue', messagesMax: 1 } } });
    assert.deepEqual(changed.body.spec, { type: 'queue', messagesMax: 1 });
    assert.equal((await call(server, 'PUT', `${ADDRESSES}/b`, { body: { spec: { type: 'topic' } } })).status, 201);
    assertProblem(await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'topic' } } }), 409, 'address-type-mismatch');
  });

  test('an address that holds messages is deleted with force only', async () => {
    await using server = await startTestServer();
    await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue' } } });
    const connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
    const sender = connection.open_sender('a');
    await once(sender, 'sendable');
    sender.send({ body: 'x', durable: true });
    await once(sender, 'accepted');
    connection.close();
    await once(connection, 'connection_close');
    assert.equal(((await call(server, 'GET', `${ADDRESSES}/a`)).body.status as { stored: number }).stored, 1);
    assertProblem(await call(server, 'DELETE', `${ADDRESSES}/a`), 409, 'address-in-use');
    assert.equal((await call(server, 'DELETE', `${ADDRESSES}/a?force=true`)).status, 204);
    assertProblem(await call(server, 'DELETE', `${ADDRESSES}/a`), 404, 'address-not-found');
  });

  test('a list comes page by page, by name, while addresses come and go', async () => {
    await using server = await startTestServer();
    for (const name of ['d', 'b', 'a', 'c', 'e'])
      await call(server, 'PUT', `${ADDRESSES}/${name}`, { body: { spec: { type: 'anycast' } } });
    const names = (answer: Answer): string[] => (answer.body.items as { metadata: { name: string } }[]).map(item => item.metadata.name);
    const first = await call(server, 'GET', `${ADDRESSES}?limit=2`);
    assert.deepEqual(names(first), ['a', 'b']);
    assert.equal((first.body.metadata as { continue?: string }).continue, 'b');
    await call(server, 'DELETE', `${ADDRESSES}/b`);
    const second = await call(server, 'GET', `${ADDRESSES}?limit=2&continue=b`);
    assert.deepEqual(names(second), ['c', 'd']);
    const last = await call(server, 'GET', `${ADDRESSES}?limit=2&continue=d`);
    assert.deepEqual(names(last), ['e']);
    assert.equal((last.body.metadata as { continue?: string }).continue, undefined);
  });

  test('what is not an address is refused with the place of the mistake', async () => {
    await using server = await startTestServer();
    const post = (body: unknown): Promise<Answer> => call(server, 'POST', ADDRESSES, { body });
    for (const [body, words] of [
      [{ metadata: { name: 'a' } }, /spec/],
      [{ metadata: { name: 'a' }, spec: { type: 'quue' } }, /spec\/type/],
      [{ metadata: { name: 'a' }, spec: { type: 'queue', messagesMax: '5' } }, /spec\/messagesMax: expected a whole number, found "5"/],
      [{ metadata: { name: 'a' }, spec: { type: 'queue', redelivery: { jitter: 2 } } }, /redelivery\/jitter: expected 1 or less, found 2/],
      [
        { metadata: { name: 'a' }, spec: { type: 'queue', messageMax: 5 } },
        /body\/spec: "messageMax" is not known; is "messagesMax" meant\?/,
      ],
      [{ spec: { type: 'queue' } }, /metadata\/name/],
      [{ metadata: { name: 'a', addressSpace: 'other' }, spec: { type: 'queue' } }, /addressSpace/],
      [{ apiVersion: 'v2', metadata: { name: 'a' }, spec: { type: 'queue' } }, /apiVersion/],
      [[], /body: expected names with values, found \[\]/],
    ] as const) {
      const answer = await post(body);
      assertProblem(answer, 400, 'request-invalid');
      assert.match(String(answer.body.detail), words);
    }
    assertProblem(await post({ metadata: { name: 'a#' }, spec: { type: 'queue' } }), 422, 'address-name-invalid');
    assertProblem(
      await call(server, 'PUT', `${ADDRESSES}/b`, { body: { metadata: { name: 'a' }, spec: { type: 'queue' } } }),
      400,
      'request-invalid',
    );
    assertProblem(await call(server, 'POST', ADDRESSES, { text: '{"a"' }), 400, 'request-invalid');
    assertProblem(await call(server, 'POST', ADDRESSES, { text: '' }), 400, 'request-invalid');
    assertProblem(
      await call(server, 'POST', ADDRESSES, { text: 'a: b', headers: { 'content-type': 'text/yaml' } }),
      415,
      'media-type-unsupported',
    );
    assertProblem(await call(server, 'GET', `${ADDRESSES}?limit=many`), 400, 'request-invalid');
    assertProblem(await call(server, 'DELETE', `${ADDRESSES}/a?force=maybe`), 400, 'request-invalid');
    assertProblem(await call(server, 'GET', '/apis/angarium.dev/v1/addressspaces/other/addresses'), 404, 'space-not-found');
    assertProblem(await call(server, 'GET', '/apis/angarium.dev/v2/addresses'), 404, 'path-not-found');
    assertProblem(await call(server, 'GET', `${ADDRESSES}/%ZZ`), 400, 'request-invalid');
    assert.deepEqual((await call(server, 'GET', ADDRESSES)).body.items, []);
  });

  test('a body that is too large is refused', async () => {
    await using server = await startTestServer();
    assertProblem(await call(server, 'POST', ADDRESSES, { text: `"${'x'.repeat(2 * 1024 * 1024)}"` }), 413, 'body-too-large');
  });

  test('addresses beyond addressesMax are refused', async () => {
    await using server = await startTestServer({ addressesMax: 1 });
    assert.equal((await call(server, 'PUT', `${ADDRESSES}/a`, { body: { spec: { type: 'queue' } } })).status, 201);
    assertProblem(await call(server, 'PUT', `${ADDRESSES}/b`, { body: { spec: { type: 'queue' } } }), 403, 'addresses-exhausted');
  });
});

describe('the rest of the API', () => {
  test('endpoints say where AMQP and HTTP listen', async () => {
    await using server = await startTestServer();
    const { body } = await call(server, 'GET', '/apis/angarium.dev/v1/endpoints');
    const urls = Object.fromEntries(
      (body.items as { metadata: { name: string }; status: { url: string } }[]).map(item => [item.metadata.name, item.status.url]),
    );
    assert.deepEqual(urls, server.endpoints);
  });

  test('connections are listed, and closed with the reason', async () => {
    await using server = await startTestServer();
    const connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', container_id: 'reader', reconnect: false });
    await once(connection, 'connection_open');
    const { body } = await call(server, 'GET', '/apis/angarium.dev/v1/connections');
    const [shown] = body.items as { metadata: { name: string }; status: { client: string; user: string } }[];
    assert.equal(shown?.status.client, 'reader');
    assert.equal(shown?.status.user, 'anonymous');
    const { body: elsewhere } = await call(server, 'GET', '/apis/angarium.dev/v1/connections?addressSpace=acme');
    assert.deepEqual(elsewhere.items, []);
    const closed = once(connection, 'connection_error');
    assert.equal((await call(server, 'DELETE', `/apis/angarium.dev/v1/connections/${shown?.metadata.name}`)).status, 204);
    await closed;
    const { condition, description } = connection.error as { condition: string; description: string };
    assert.equal(condition, 'amqp:connection:forced');
    assert.match(description, /closed by anonymous over the HTTP API/);
    assertProblem(await call(server, 'DELETE', '/apis/angarium.dev/v1/connections/99'), 404, 'connection-not-found');
  });

  test('[RFC 9457, 3] in the OpenAPI document every problem has its own media type', async () => {
    await using server = await startTestServer();
    const { body } = await call(server, 'GET', '/openapi.json');
    const { paths } = body as unknown as { paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>> };
    const operations = Object.entries(paths).filter(([path]) => path.startsWith('/apis/'));
    assert.ok(operations.length > 0);
    for (const [path, methods] of operations)
      for (const [method, { responses }] of Object.entries(methods))
        assert.deepEqual(Object.keys(responses.default?.content ?? {}), ['application/problem+json'], `${method} ${path}`);
  });

  test('the OpenAPI document names its components, and describes every path', async () => {
    await using server = await startTestServer();
    const { body } = await call(server, 'GET', '/openapi.json');
    const document = body as unknown as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; summary: string }>>;
      components: { schemas: object };
    };
    assert.match(document.openapi, /^3\.1/);
    const declared = KINDS.flatMap(({ kind, spec }) => [kind, `${kind}List`, ...(spec ? [`${kind}Input`] : [])]);
    const others = [
      'AccessDecision',
      'Activity',
      'Attention',
      'AuditEntry',
      'Certificate',
      'CertificateList',
      'Connection',
      'ConnectionList',
      'Event',
      'EventList',
      'Flow',
      'Health',
      'ImportReport',
      'Link',
      'LinkList',
      'LogLevels',
      'Message',
      'MessageFacts',
      'OperationLine',
      'OperationReport',
      'Problem',
      'QueuedMessage',
      'QueuedMessageList',
      'Session',
      'Settlement',
      'SignInWays',
      'StoredLine',
      'Subscription',
      'SubscriptionList',
      'TraceLine',
      'UserToken',
      'Webhook',
      'WebhookInput',
      'WebhookList',
    ];
    assert.deepEqual(Object.keys(document.components.schemas).sort(), [...declared, ...others].sort());
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const operation of Object.values(operations)) assert.match(operation.summary, /^[A-Z]/, path);
    }
  });
});

describe('access', () => {
  const NOWHERE = '/apis/angarium.dev/v1/endpoints';

  async function status(server: TestServer, headers: Record<string, string>, path = NOWHERE): Promise<string> {
    const answer = await call(server, 'GET', path, { headers });
    return answer.status === 200 ? '200' : `${answer.status} ${answer.body.code}`;
  }

  test('without users, a name that is neither local, nor an IP address, nor configured is refused: it may be a page that rebinds its name', async () => {
    await using server = await startTestServer({ httpHosts: ['angarium.internal'] });
    for (const host of [
      '127.0.0.1:8080',
      'localhost',
      'LOCALHOST:1',
      '[::1]:8080',
      '10.1.2.3',
      'angarium.internal:8080',
      'Angarium.Internal',
    ]) {
      assert.equal(await status(server, { host }), '200', host);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'sub.angarium.internal']) {
      assert.equal(await status(server, { host }), '403 host-refused', host);
    }
  });

  test('a page of another origin is refused, whatever else it sends; one of the same origin is not', async () => {
    await using server = await startTestServer({ users: [{ name: 'ada', passwordHash: await hashPassword('secret') }] });
    const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`;
    const { host } = new URL(server.http);
    assert.equal(await status(server, { authorization, origin: server.http }), '200');
    assert.equal(await status(server, { authorization, 'sec-fetch-site': 'same-origin' }), '200');
    assert.equal(await status(server, { authorization, 'sec-fetch-site': 'none' }), '200');
    for (const origin of ['http://evil.example', 'null', `http://${host.replace(/\d+$/, '1')}`])
      assert.equal(await status(server, { authorization, origin }), '403 origin-refused', origin);
    assert.equal(await status(server, { authorization, 'sec-fetch-site': 'cross-site' }), '403 origin-refused');
    assert.equal(await status(server, { authorization, 'sec-fetch-site': 'same-site' }), '403 origin-refused');
  });

  test('[RFC 7617] with users, credentials are needed and checked, under any name of the server', async () => {
    await using server = await startTestServer({ users: [{ name: 'ada', passwordHash: await hashPassword('se:cret') }] });
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    assert.equal(await status(server, { authorization: basic('ada:se:cret') }), '200');
    assert.equal(await status(server, { authorization: basic('ada:se:cret'), host: 'broker.example' }), '200');
    assert.equal(await status(server, {}), '401 credentials-missing');
    for (const wrong of [basic('ada:secret'), basic('bob:se:cret'), basic('ada'), 'Basic', 'Bearer x', 'Basic !!'])
      assert.equal(await status(server, { authorization: wrong }), '401 credentials-wrong', wrong);
    const answer = await call(server, 'GET', NOWHERE);
    assert.equal(answer.headers['www-authenticate'], 'Basic realm="angarium", charset="UTF-8"');
  });

  test('what a proxy of this machine forwards does not count as local', async () => {
    await using server = await startTestServer();
    assert.equal(await status(server, { 'x-forwarded-for': '203.0.113.9' }), '401 credentials-missing');
    assert.equal(await status(server, { forwarded: 'for=203.0.113.9' }), '401 credentials-missing');
  });

  test('health needs neither a password nor a known name', async () => {
    await using server = await startTestServer({ users: [{ name: 'ada', passwordHash: await hashPassword('secret') }] });
    for (const path of ['/healthz', '/readyz']) assert.equal(await status(server, { host: 'balancer.example' }, path), '200');
    assert.equal(await status(server, {}, '/openapi.json'), '401 credentials-missing');
    assert.equal(await status(server, {}, '/healthz/../openapi.json'), '401 credentials-missing');
  });
});

test('a page of names is the first ones after the mark, whatever order they come in', () => {
  assert.deepEqual(firstNames(['b', 'd', 'a', 'c'], undefined, 3), ['a', 'b', 'c']);
  assert.deepEqual(firstNames(['b', 'd', 'a', 'c'], 'b', 3), ['c', 'd']);
  assert.deepEqual(firstNames([], undefined, 3), []);
});
