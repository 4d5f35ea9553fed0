import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALL_RIGHTS, Broker, Principal, Refusal, type Rights } from '@angarium/core';
import { fastify } from 'fastify';
import { EventLoopTurn } from '../../src/event-loop-turn.ts';
import { backupRoutes } from '../../src/http/backup-routes.ts';
import type { HttpApp } from '../../src/http/http-app.ts';
import { PROBLEM } from '../../src/http/problem.ts';
import { compileLazily } from '../../src/http/schema-words.ts';
import { storedRoutes } from '../../src/http/stored-routes.ts';

const BACKUP = '/apis/angarium.dev/v1/backup';
const MESSAGES = '/apis/angarium.dev/v1/addressspaces/default/messages';
/** May view everything, and change nothing. */
const VIEWING: Rights = {
  ...ALL_RIGHTS,
  refuse: action => (action === 'view' ? undefined : new Refusal('unauthorized', 'no')),
  refusePattern: action => (action === 'view' ? undefined : new Refusal('unauthorized', 'no')),
};

describe('what concerns a whole server or space needs the right to all of it', () => {
  let app: HttpApp;
  let principal: Principal;
  let backups = 0;

  before(async () => {
    const broker = new Broker({ turn: new EventLoopTurn(), report: () => {}, autoCreate: true, addressesMax: 1, randomName: () => '' });
    app = fastify();
    compileLazily(app);
    app.addSchema(PROBLEM);
    app.addHook('onRequest', async request => {
      request.principal = principal;
    });
    backupRoutes(app, () => {
      backups++;
      return Promise.reject(new Error('it was allowed'));
    });
    storedRoutes(app, broker);
    await app.ready();
  });
  after(() => app.close());

  async function status(method: 'GET' | 'POST', url: string): Promise<number> {
    const lines = url.endsWith(':import') && { headers: { 'content-type': 'application/x-ndjson' }, payload: '' };
    const { statusCode, body } = await app.inject({ method, url, ...lines });
    if (statusCode === 403) assert.match(body, /"code":"unauthorized".*(ask an administrator|connect as one of its own users)/);
    return statusCode;
  }

  test('a backup is for administrators of the server, whatever rights others have', async () => {
    principal = new Principal({ user: 'eve', space: 'default', rights: ALL_RIGHTS });
    assert.equal(await status('POST', BACKUP), 403);
    assert.equal(backups, 0);
    principal = new Principal({ user: 'ada', space: 'default', rights: ALL_RIGHTS, administersServer: true });
    assert.notEqual(await status('POST', BACKUP), 403);
    assert.equal(backups, 1);
  });

  test('messages are exported by those who may view all addresses of the space, and imported by those who may manage all', async () => {
    principal = new Principal({ user: 'eve', space: 'default', rights: VIEWING });
    assert.equal(await status('GET', `${MESSAGES}:export`), 200);
    assert.equal(await status('POST', `${MESSAGES}:import`), 403);
    principal = new Principal({ user: 'eve', space: 'other', rights: ALL_RIGHTS });
    assert.equal(await status('GET', `${MESSAGES}:export`), 403);
    assert.equal(await status('POST', `${MESSAGES}:import`), 403);
  });
});
