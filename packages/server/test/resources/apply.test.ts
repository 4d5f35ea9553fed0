import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea from 'rhea';
import { parseAllDocuments } from 'yaml';
import { type Answer, assertProblem, type CallOptions, call, callRaw, type RawAnswer } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';

const API = '/apis/angarium.dev/v1';
const AUTHORIZATION = { authorization: `Basic ${Buffer.from('root:secret').toString('base64')}` };

interface Applied {
  readonly warnings: readonly string[];
  readonly items: readonly {
    readonly outcome: string;
    readonly document: { readonly kind: string; readonly spec: Record<string, unknown> };
  }[];
}

let server: TestServer;
const api = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  call(server, method, path, { ...options, headers: AUTHORIZATION });
async function apply(document: object, path = `${API}/apply`): Promise<Applied> {
  const answer = await api('POST', path, { body: document });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as unknown as Applied;
}
const exported = (on: TestServer, query: string): Promise<RawAnswer> =>
  callRaw(on, 'GET', `${API}/export?${query}`, { headers: AUTHORIZATION });

before(async () => {
  server = await startTestServer({ users: [{ name: 'root', passwordHash: await cheapHash('secret') }] });
});
after(() => server[Symbol.asyncDispose]());

describe('applying', () => {
  test('makes a document of any kind, and says what has become of it', async () => {
    const document = { apiVersion: 'angarium.dev/v1', kind: 'AddressSpacePlan', metadata: { name: 'gold' }, spec: { displayName: 'Gold' } };
    assert.equal((await apply(document)).items[0]?.outcome, 'created');
    assert.equal((await apply(document)).items[0]?.outcome, 'unchanged');
    assert.equal((await apply({ ...document, spec: {} })).items[0]?.outcome, 'changed');
    const address = { apiVersion: 'angarium.dev/v1', kind: 'Address', metadata: { name: 'a' }, spec: { type: 'queue' } };
    await apply({ apiVersion: 'angarium.dev/v1', kind: 'AddressSpace', metadata: { name: 'team' } });
    await apply(address, `${API}/apply?space=team`);
    assert.equal((await api('GET', `${API}/addressspaces/team/addresses/a`)).status, 200);
    assertProblem(await api('POST', `${API}/apply?space=none`, { body: address }), 404, 'space-not-found');
    assertProblem(await api('POST', `${API}/apply`, { body: { ...address, spec: { typ: 'queue' } } }), 422, 'resource-invalid');
  });

  test('says what may be meant by a kind or a field that it does not know', async () => {
    const refused = async (document: object): Promise<string> => {
      const answer = await api('POST', `${API}/apply`, { body: document });
      assertProblem(answer, 422, 'resource-invalid');
      return String(answer.body.detail);
    };
    const document = { apiVersion: 'angarium.dev/v1', kind: 'Adress', metadata: { name: 'a' }, spec: {} };
    assert.match(await refused(document), /: is Address meant\?$/);
    assert.match(await refused({ ...document, kind: 'Address', spec: { typ: 'queue' } }), /"type" is missing, and "typ" is not known\.$/);
    assert.match(await refused({ ...document, kind: 'Deployment' }), /: there are .*AddressSpace, .*User\.$/);
    assert.match(await refused({ ...document, apiVersion: 'other/v1' }), /: write angarium\.dev\/v1\.$/);
  });

  test('the same password again changes nothing', async () => {
    const user = (password: string) => ({
      apiVersion: 'angarium.dev/v1',
      kind: 'User',
      metadata: { name: 'ada' },
      spec: { authentication: { type: 'password', password } },
    });
    assert.equal((await apply(user('open sesame'))).items[0]?.outcome, 'created');
    assert.equal((await apply(user('open sesame'))).items[0]?.outcome, 'unchanged');
    assert.equal((await apply(user('open barley'))).items[0]?.outcome, 'changed');
  });
});

describe('documents of EnMasse', () => {
  test('an AddressSpace, its addresses and its users are translated, and what means nothing here is said', async () => {
    const space = await apply({
      apiVersion: 'enmasse.io/v1beta1',
      kind: 'AddressSpace',
      metadata: { name: 'myspace', labels: { team: 'a' } },
      spec: {
        type: 'standard',
        plan: 'standard-unlimited',
        authenticationService: { name: 'standard-authservice' },
        endpoints: [
          {
            name: 'messaging',
            service: 'messaging',
            cert: { provider: 'selfsigned' },
            expose: { type: 'route', routeServicePort: 'amqps', routeHost: 'messaging.example.org' },
          },
        ],
        networkPolicy: { ingress: [] },
        connectors: [
          {
            name: 'remote1',
            endpointHosts: [
              { host: '127.0.0.1', port: 1 },
              { host: '127.0.0.1', port: 2 },
            ],
            credentials: { username: { value: 'ada' }, password: { value: 'pw' } },
            addresses: [{ name: 'all', pattern: '*' }],
          },
        ],
      },
    });
    assert.deepEqual(
      space.items.map(({ document }) => document.kind),
      ['AddressSpace', 'Connector'],
    );
    assert.deepEqual(space.items[0]?.document.spec, { hostnames: ['messaging.example.org'] });
    assert.deepEqual(space.items[1]?.document.spec, {
      host: '127.0.0.1',
      port: 1,
      failover: [{ host: '127.0.0.1', port: 2 }],
      credentials: { user: 'ada' },
    });
    for (const words of [
      /spec\.plan names standard-unlimited/,
      /spec\.networkPolicy means nothing/,
      /endpoints\(messaging\)\.cert/,
      /Forwarder/,
    ])
      assert.ok(
        space.warnings.some(warning => words.test(warning)),
        `${words}: ${space.warnings.join('\n')}`,
      );

    const address = (name: string, spec: object): Promise<Applied> =>
      apply({ apiVersion: 'enmasse.io/v1beta1', kind: 'Address', metadata: { name: `myspace.${name}` }, spec: { address: name, ...spec } });
    const queue = await address('orders', {
      type: 'queue',
      plan: 'standard-small-queue',
      ttl: { maximum: 60_000, minimum: 10 },
      messageRedelivery: { maximumDeliveryAttempts: 3, redeliveryDelay: 100, redeliveryDelayMultiplier: 2, maximumRedeliveryDelay: 1000 },
      deadletter: 'dead',
      expiry: 'dead',
    });
    assert.deepEqual(queue.items[0]?.document.spec, {
      type: 'queue',
      ttlMaxMs: 60_000,
      redelivery: { attemptsMax: 3, delayMs: 100, multiplier: 2, delayMaxMs: 1000 },
      deadLetter: 'dead',
      expiry: 'dead',
    });
    assert.deepEqual(queue.warnings, [
      'spec.plan names standard-small-queue, but there is no AddressPlan of this name: it is left out',
      'spec.ttl.minimum means nothing here, and is left out',
    ]);
    for (const [name, type] of [
      ['dead', 'deadletter'],
      ['any', 'anycast'],
      ['many', 'multicast'],
      ['news', 'topic'],
    ] as const)
      await address(name, { type });
    await address('reader', { type: 'subscription', topic: 'news' });
    assertProblem(
      await api('POST', `${API}/apply`, {
        body: { apiVersion: 'enmasse.io/v1beta1', kind: 'Address', metadata: { name: 'nodot' }, spec: { address: 'x', type: 'queue' } },
      }),
      422,
      'resource-invalid',
    );

    await apply(
      {
        apiVersion: 'user.enmasse.io/v1beta1',
        kind: 'MessagingUser',
        metadata: { name: 'myspace.user1' },
        spec: {
          username: 'user1',
          authentication: { type: 'password', password: Buffer.from('enmasse').toString('base64') },
          authorization: [{ addresses: ['news', 'read*'], operations: ['send', 'recv'] }, { operations: ['manage'] }],
        },
      },
      '/apis/user.enmasse.io/v1beta1/namespaces/ns/messagingusers',
    );
    const user = await api('GET', `${API}/addressspaces/myspace/users/user1`);
    assert.deepEqual((user.body.spec as Record<string, unknown>).authorization, [
      { actions: ['send', 'receive'], addresses: ['news', 'read*'] },
      { actions: ['manage'], addresses: ['*'] },
    ]);
    await receivesFromSubscription();
  });

  /** Logs in with the password that came in base64, sends to the topic, and receives from the address of its subscription. */
  async function receivesFromSubscription(): Promise<void> {
    const connection = rhea
      .create_container()
      .connect({ ...server.amqp, username: 'user1@myspace', password: 'enmasse', reconnect: false });
    const sender = connection.open_sender('news');
    await once(sender, 'sendable');
    sender.send({ body: 'hello' });
    const receiver = connection.open_receiver('reader');
    const [{ message }] = (await once(receiver, 'message')) as [{ message: { body: string } }];
    assert.equal(message.body, 'hello');
    connection.close();
    await once(connection, 'connection_close');
  }

  test('plans are translated as far as they mean something', async () => {
    const plan = await apply({
      apiVersion: 'admin.enmasse.io/v1beta2',
      kind: 'AddressPlan',
      metadata: { name: 'small-queue' },
      spec: { addressType: 'queue', resources: { broker: 0.01 }, messageTtl: { maximum: 5000 } },
    });
    assert.deepEqual(plan.items[0]?.document.spec, { ttlMaxMs: 5000 });
    assert.equal(plan.warnings.length, 2);
    const spacePlan = await apply({
      apiVersion: 'admin.enmasse.io/v1beta2',
      kind: 'AddressSpacePlan',
      metadata: { name: 'standard-small' },
      spec: { addressSpaceType: 'standard', infraConfigRef: 'default', displayName: 'Small', addressPlans: ['small-queue'] },
    });
    assert.deepEqual(spacePlan.items[0]?.document.spec, { displayName: 'Small' });
  });
});

/** Documents of an export by kind and place. */
function byPlace(text: string): Record<string, unknown> {
  const documents = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { kind: string; metadata: { name: string; addressSpace?: string } });
  return Object.fromEntries(
    documents.map(document => [`${document.kind} ${document.metadata.addressSpace} ${document.metadata.name}`, document]),
  );
}

describe('an export', () => {
  test('is applied to another server, and exported there is the same', async () => {
    const first = await exported(server, 'format=json&secrets=true');
    assert.equal(first.type, 'application/x-ndjson');
    const documents = first.text.trim().split('\n');
    assert.ok(documents.length > 8);
    await using second = await startTestServer({ users: [{ name: 'root', passwordHash: await cheapHash('secret') }] });
    for (const text of documents) {
      const answer = await call(second, 'POST', `${API}/apply`, { text, headers: AUTHORIZATION });
      assert.equal(answer.status, 200, `${text}: ${JSON.stringify(answer.body)}`);
    }
    assert.deepEqual(byPlace((await exported(second, 'format=json&secrets=true')).text), byPlace(first.text));
  });

  test('is YAML where nothing is said, of one space where that is said, and has no secrets', async () => {
    const { text, type } = await exported(server, 'space=myspace');
    assert.equal(type, 'application/yaml');
    assert.doesNotMatch(text, /argon2id|resourceVersion|status:/);
    const documents = parseAllDocuments(text).map(
      document => document.toJS() as { kind: string; metadata: { name: string; addressSpace?: string } },
    );
    assert.equal(documents[0]?.kind, 'AddressSpace');
    assert.ok(documents.every(({ metadata }) => metadata.name === 'myspace' || metadata.addressSpace === 'myspace'));
    assert.equal((await exported(server, 'space=none')).status, 404);
  });
});
