import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { call } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare, undeclare } from '../support/declare.ts';

const API = '/apis/angarium.dev/v1';
const ORIGIN = { peer: { address: '10.0.0.1:4000', loopback: false } };
const READY = [{ type: 'Ready', status: 'True' }];

interface Status {
  readonly phase?: string;
  readonly lastError?: string;
  readonly conditions: readonly { readonly status: string; readonly reason?: string; readonly message?: string }[];
}

let server: TestServer;
const statusOf = async (path: string): Promise<Status> => {
  const headers = { authorization: `Basic ${Buffer.from('root:secret').toString('base64')}` };
  const { status, body } = await call(server, 'GET', `${API}/${path}`, { headers });
  assert.equal(status, 200, JSON.stringify(body));
  return body.status as Status;
};

before(async () => {
  server = await startTestServer({ mqtt: 'off', users: [{ name: 'root', passwordHash: await cheapHash('secret') }] });
  server.broker.createSpace('acme');
});
after(() => server[Symbol.asyncDispose]());

describe('the status of an AuthenticationService', () => {
  /** It answers with an error to everything. */
  let issuer: Server;

  before(async () => {
    issuer = createServer((_request, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    await declare(server.broker, 'AuthenticationService', '', 'tokens', { type: 'oidc', issuer: url, audience: 'angarium' });
    await declare(server.broker, 'AddressSpace', '', 'acme', { authentication: 'tokens' });
  });
  after(() => issuer.close());

  test('is Active until it was asked in vain, and then says what to do', async () => {
    assert.deepEqual(await statusOf('authenticationservices/tokens'), { phase: 'Active', conditions: READY });
    const answer = await server.authenticator.token('a.b.c', ORIGIN, '@acme');
    assert.ok('temporary' in answer && answer.temporary);
    const { phase, lastError, conditions } = await statusOf('authenticationservices/tokens');
    assert.equal(phase, 'Failing');
    assert.match(lastError!, /^The keys of an issuer .* cannot be fetched: .* HTTP status 503\. Check that this server reaches http:\S+, /);
    assert.deepEqual(conditions, [{ type: 'Ready', status: 'False', reason: 'ServiceFailing', message: lastError }]);
  });
});

describe('the status of a RoleBinding', () => {
  const bind = (space: string, role: string, ...users: string[]) =>
    declare(server.broker, 'RoleBinding', space, 'binding', { role, subjects: [{ group: 'any' }, ...users.map(user => ({ user }))] });
  const conditions = async (space: string): Promise<Status['conditions']> =>
    (await statusOf(`addressspaces/${space}/rolebindings/binding`)).conditions;

  test('is Ready where there are the role and its users, those of the configuration included', async () => {
    await declare(server.broker, 'User', 'default', 'ada', {});
    await bind('default', 'server-admin', 'root', 'ada');
    assert.deepEqual(await conditions('default'), READY);
  });

  test('names a role that is not there, until it is', async () => {
    await bind('default', 'clerk', 'root');
    const [condition, ...others] = await conditions('default');
    assert.deepEqual(others, []);
    assert.deepEqual([condition?.status, condition?.reason], ['False', 'RoleMissing']);
    assert.match(condition?.message ?? '', /no role clerk .*: make it, or name another one/);
    await declare(server.broker, 'Role', 'default', 'clerk', { rules: [] });
    assert.deepEqual(await conditions('default'), READY);
  });

  test('names users that are not there, and counts further ones', async () => {
    await bind('default', 'user', 'root', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7');
    const [condition] = await conditions('default');
    assert.deepEqual([condition?.status, condition?.reason], ['False', 'SubjectMissing']);
    assert.match(condition?.message ?? '', /no user u1, u2, u3, u4, u5 and 2 more in the address space default: make a User/);
  });

  test('takes users for there whom an authentication service may know', async () => {
    await bind('acme', 'user', 'ada');
    assert.deepEqual(await conditions('acme'), READY);
    await declare(server.broker, 'AddressSpace', '', 'acme', {});
    assert.equal((await conditions('acme'))[0]?.reason, 'SubjectMissing');
    await undeclare(server.broker, 'RoleBinding', 'acme', 'binding');
  });
});
