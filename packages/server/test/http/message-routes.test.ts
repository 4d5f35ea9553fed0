import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { QUERY_PARAMETERS } from '@angarium/head-http';
import { startTestServer, type TestServer } from '@angarium/testkit';

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly example?: string;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>;
}

const LONG = '/apis/angarium.dev/v1/addressspaces/{space}/addresses/{name}';
const OPERATIONS = [
  { action: 'send', method: 'post', long: `${LONG}/messages`, short: '/m/{name}' },
  { action: 'receive', method: 'post', long: `${LONG}/messages:receive`, short: '/m/{name}:receive' },
  { action: 'settle', method: 'post', long: `${LONG}/messages:settle`, short: '/m/{name}:settle' },
  { action: 'events', method: 'get', long: `${LONG}/events`, short: '/m/{name}:events' },
  { action: 'goodbye', method: 'delete', long: `${LONG}/events`, short: '/m/{name}:events' },
  { action: undefined, method: 'get', long: `${LONG}/ws`, short: '/ws' },
] as const;

describe('the OpenAPI document, of messages', () => {
  let server: TestServer;
  let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;

  before(async () => {
    server = await startTestServer();
    ({ paths } = (await (await fetch(new URL('/openapi.json', server.http))).json()) as { paths: typeof paths });
  });
  after(() => server[Symbol.asyncDispose]());

  const namesIn = ({ parameters = [] }: Operation, where: string): string[] =>
    parameters.filter(parameter => parameter.in === where).map(({ name }) => name);

  for (const { action, method, long, short } of OPERATIONS)
    test(`${method} ${short} is described as its long path is, with the query parameters that there are`, () => {
      const [described, shortened] = [paths[long]?.[method], paths[short]?.[method]];
      assert.ok(described && shortened);
      assert.deepEqual(namesIn(described, 'path').sort(), ['name', 'space']);
      assert.deepEqual(namesIn(shortened, 'path'), short.includes('{name}') ? ['name'] : []);
      for (const where of ['query', 'header']) assert.deepEqual(namesIn(shortened, where), namesIn(described, where));
      assert.deepEqual(namesIn(described, 'query').sort(), action === undefined ? [] : [...QUERY_PARAMETERS[action]].sort());
    });

  test('no two operations have one name', () => {
    const names = Object.values(paths).flatMap(operations => Object.values(operations).map(({ operationId }) => operationId));
    assert.deepEqual(names, [...new Set(names)]);
  });

  test('the header fields of a message are taken with the values of their examples, and come back', async () => {
    const { parameters = [] } = paths['/m/{name}']!.post!;
    const described = parameters.filter(({ in: where }) => where === 'header');
    const fields = Object.fromEntries(described.map(({ name, example = '' }) => [name, example]));
    // Now, so that it can be received; the other field says the same.
    fields['angarium-delivery-delay'] = '0s';
    const send = await fetch(new URL('/m/described', server.http), { method: 'POST', body: 'x', headers: fields });
    assert.equal(send.status, 202, await send.text());
    const received = await fetch(new URL('/m/described:receive?wait=20s', server.http), { method: 'POST' });
    assert.equal(received.status, 200);
    const answered = Object.keys(paths['/m/{name}:receive']!.post!.responses['200']?.headers ?? {});
    const came = [...received.headers.keys()].filter(name => name.startsWith('angarium-'));
    // Only a message of a stream has an offset.
    assert.deepEqual(came.sort(), answered.filter(name => name !== 'angarium-stream-offset').sort());
  });
});
