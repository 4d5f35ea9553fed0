import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import rhea from 'rhea';
import { type AuditEntry, boundedEvent, LEFT_OUT, NAME_CHARACTERS_MAX } from '../../src/audit/audit-entry.ts';
import { AuditFiles } from '../../src/audit/audit-files.ts';
import { AuditLog } from '../../src/audit/audit-log.ts';
import { DIFFERENT_MAX, EQUAL_MS, EqualEvents } from '../../src/audit/equal-events.ts';
import { hashPassword } from '../../src/identity/password-hash.ts';
import { withOfflineDocuments } from '../../src/offline-documents.ts';
import { ADDRESSES, assertProblem, call, callRaw } from '../support/call-api.ts';

const AUDIT = '/apis/angarium.dev/v1/audit';
const SPACES = '/apis/angarium.dev/v1/addressspaces';
const ALL = { sinceMs: 0, limit: 10_000, concerns: () => true };
/** Passwords of this file: none may be in the log. */
const SECRET = 'sesame-7411';

const as = (user: string, password = SECRET) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });

function refused(name: string) {
  return { action: 'send', user: 'eve', name, outcome: 'refused' } as const;
}

describe('the audit log of a server', () => {
  let server: TestServer;
  const root = { headers: as('root') };

  before(async () => {
    server = await startTestServer({ users: [{ name: 'root', passwordHash: await hashPassword(SECRET) }] });
    const rules = [{ actions: ['receive', 'view'], addresses: ['open'] }];
    for (const [space, name, role] of [
      ['acme', 'boss', 'admin'],
      ['acme', 'eve', undefined],
    ] as const) {
      await call(server, 'PUT', `${SPACES}/${space}`, { ...root, body: { spec: {} } });
      const spec = { authentication: { type: 'password', password: SECRET }, ...(role === undefined && { authorization: rules }) };
      assert.equal((await call(server, 'PUT', `${SPACES}/${space}/users/${name}`, { ...root, body: { spec } })).status, 201);
      if (role !== undefined) {
        const binding = { spec: { role, subjects: [{ user: name }] } };
        assert.equal((await call(server, 'PUT', `${SPACES}/${space}/rolebindings/${name}`, { ...root, body: binding })).status, 201);
      }
    }
  });
  after(() => server[Symbol.asyncDispose]());

  async function entries(query = '', headers: Record<string, string> = root.headers): Promise<AuditEntry[]> {
    const { status, text } = await callRaw(server, 'GET', `${AUDIT}?${query}`, { headers });
    assert.equal(status, 200, text);
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as AuditEntry);
  }

  async function only(picks: (entry: AuditEntry) => boolean): Promise<AuditEntry> {
    const found = (await entries()).filter(picks);
    assert.equal(found.length, 1, JSON.stringify(found));
    return found[0]!;
  }

  test('an administrative act over the HTTP API: who, from where, what, when, and how it ended', async () => {
    const { time, peer, ...rest } = await only(({ action, name }) => action === 'putUser' && name === 'boss');
    assert.ok(Math.abs(Date.now() - Date.parse(time)) < 60_000);
    assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
    const expected = { user: 'root', userSpace: 'default', protocol: 'HTTP', kind: 'User', name: 'boss', addressSpace: 'acme' };
    assert.deepEqual(rest, { action: 'putUser', ...expected, outcome: 'done' });
  });

  test('the document of a body is named, one that is only tried out is not recorded, and what fails has its code', async () => {
    const body = { apiVersion: 'angarium.dev/v1', kind: 'Address', metadata: { name: 'tried' }, spec: { type: 'queue' } };
    await call(server, 'POST', '/apis/angarium.dev/v1/apply?dryRun=All', { ...root, body });
    assert.equal((await entries()).filter(({ name }) => name === 'tried').length, 0);
    await call(server, 'POST', '/apis/angarium.dev/v1/apply', { ...root, body });
    const applied = await only(({ name }) => name === 'tried');
    assert.deepEqual([applied.action, applied.kind, applied.outcome], ['apply', 'Address', 'done']);
    await call(server, 'DELETE', `${ADDRESSES}/nowhere`, root);
    const missing = await only(({ name }) => name === 'nowhere');
    assert.deepEqual([missing.action, missing.outcome, missing.code], ['deleteAddress', 'refused', 'address-not-found']);
  });

  test('who browses messages, and an operation on them', async () => {
    await call(server, 'PUT', `${ADDRESSES}/seen`, { ...root, body: { spec: { type: 'queue' } } });
    await call(server, 'GET', `${ADDRESSES}/seen/messages`, root);
    assert.equal((await only(({ action }) => action === 'browseMessages')).name, 'seen');
    await callRaw(server, 'POST', `${ADDRESSES}/seen/messages:purge`, { ...root, body: {} });
    assert.equal((await only(({ action }) => action === 'purgeMessages')).outcome, 'done');
  });

  test('a refusal over the HTTP API, of looking too', async () => {
    const headers = as('eve@acme');
    assert.equal((await call(server, 'GET', `${SPACES}/acme/users`, { headers })).status, 403);
    const { user, userSpace, code, addressSpace } = await only(({ action }) => action === 'listUsers');
    assert.deepEqual([user, userSpace, code, addressSpace], ['eve', 'acme', 'unauthorized', 'acme']);
    assert.equal((await call(server, 'GET', AUDIT)).status, 401);
    assert.equal((await only(({ action, code }) => action === 'readAudit' && code === 'credentials-missing')).user, undefined);
  });

  test('a refusal at an address over AMQP, with the peer', async () => {
    const container = rhea.create_container();
    const { host, port } = server.amqp;
    const connection = container.connect({ host, port, username: 'eve@acme', password: SECRET, reconnect: false });
    const sender = connection.open_sender('vault/gold');
    await once(sender, 'sender_error');
    const { peer, time: _, ...rest } = await only(({ name }) => name === 'vault/gold');
    assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
    const who = { user: 'eve', userSpace: 'acme', protocol: 'AMQP 1.0' };
    const what = { action: 'send', kind: 'Address', name: 'vault/gold', addressSpace: 'acme' };
    assert.deepEqual(rest, { ...who, ...what, outcome: 'refused', code: 'unauthorized' });
    connection.close();
    await once(connection, 'connection_close');
  });

  test('a refusal of a message over HTTP, and of entering another address space', async () => {
    const headers = { ...as('eve@acme'), 'content-type': 'text/plain' };
    const send = (space: string) => callRaw(server, 'POST', `${SPACES}/${space}/addresses/lamp/messages`, { headers, text: 'x' });
    assert.equal((await send('acme')).status, 403);
    const { protocol, user } = await only(({ action, name }) => action === 'send' && name === 'lamp');
    assert.deepEqual([protocol, user], ['HTTP', 'eve']);
  });

  test('a failed authentication: whom it was about, and from where', async () => {
    assert.equal((await call(server, 'GET', AUDIT, { headers: as('boss@acme', 'wrong-99') })).status, 401);
    const { user, userSpace, peer, code } = await only(({ action }) => action === 'authenticate');
    assert.deepEqual([user, userSpace, peer, code], ['boss', 'acme', '127.0.0.1', 'credentials-wrong']);
  });

  test('nothing secret is in it, and others of this machine may not read it', async () => {
    await entries();
    const folder = join(server.dataDirectory, 'audit');
    const text = await readFile(join(folder, 'audit-1.jsonl'), 'utf8');
    assert.match(text, /"putUser"/);
    assert.doesNotMatch(text, /sesame|wrong-99|argon2|password"/);
    if (process.platform === 'win32') return;
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, 'audit-1.jsonl'))).mode & 0o777, 0o600);
  });

  test('an administrator of an address space reads what is of it, and others nothing', async () => {
    const own = await entries('', as('boss@acme'));
    assert.ok(own.some(({ action }) => action === 'putUser'));
    assert.deepEqual([...new Set(own.map(({ addressSpace }) => addressSpace))], ['acme']);
    assertProblem(await call(server, 'GET', `${AUDIT}?space=default`, { headers: as('boss@acme') }), 403, 'unauthorized');
    assertProblem(await call(server, 'GET', AUDIT, { headers: as('eve@acme') }), 403, 'unauthorized');
    const spaces = new Set((await entries('space=acme')).map(({ addressSpace }) => addressSpace));
    assert.deepEqual([...spaces], ['acme']);
  });

  test('limit gives the newest, since leaves out what was before, and both are checked', async () => {
    const all = await entries();
    assert.deepEqual(await entries('limit=1'), all.slice(-1));
    assert.deepEqual(await entries(`since=${encodeURIComponent(new Date(Date.now() + 3_600_000).toISOString())}`), []);
    assertProblem(await call(server, 'GET', `${AUDIT}?limit=0`, root), 400, 'request-invalid');
    assertProblem(await call(server, 'GET', `${AUDIT}?since=yesterday`, root), 400, 'request-invalid');
  });

  test('who follows it gets what comes, once', async () => {
    const since = encodeURIComponent(new Date(Date.now() + 3_600_000).toISOString());
    const sent = request(new URL(`${AUDIT}?follow=true&since=${since}`, server.http), { headers: root.headers, agent: false });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    const lines = createInterface({ input: answer })[Symbol.asyncIterator]();
    await call(server, 'PUT', `${ADDRESSES}/one`, { ...root, body: { spec: { type: 'queue' } } });
    await call(server, 'PUT', `${ADDRESSES}/two`, { ...root, body: { spec: { type: 'queue' } } });
    const names: unknown[] = [];
    for (let line = 0; line < 2; line++) names.push((JSON.parse((await lines.next()).value as string) as AuditEntry).name);
    assert.deepEqual(names, ['one', 'two']);
    sent.destroy();
  });

  test('an event stream has what there is and what comes, and goes on where its reader has stopped', async () => {
    const declare = async (name: string): Promise<void> => {
      await call(server, 'PUT', `${ADDRESSES}/${name}`, { ...root, body: { spec: { type: 'queue' } } });
    };
    const first = events('?limit=2');
    await declare('before-1');
    await declare('before-2');
    assert.deepEqual([(await first.next()).name, (await first.next()).name], ['before-1', 'before-2']);
    await declare('after');
    const { id, name } = await first.next();
    assert.equal(name, 'after');
    await first.end();
    await declare('later');
    const resumed = events('', id);
    assert.equal((await resumed.next()).name, 'later');
    await resumed.end();
    const confused = events('?limit=1', 'anything');
    assert.equal((await confused.next()).name, 'later', 'an id of something else says nothing');
    await confused.end();
  });

  interface TestEvents {
    next(): Promise<{ readonly id: string; readonly name: string }>;
    end(): Promise<void>;
  }

  /** Asks when the first one is wanted. */
  function events(query: string, lastId?: string): TestEvents {
    const found = (async function* () {
      const headers = { ...root.headers, accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
      const answer = await fetch(`${server.http}${AUDIT}${query}`, { headers });
      assert.equal(answer.headers.get('content-type'), 'text/event-stream');
      let text = '';
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        const whole = (text + chunk).split('\n\n');
        text = whole.pop() ?? '';
        for (const event of whole) {
          const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(event) ?? [];
          if (id !== undefined && data !== undefined) yield { id, name: (JSON.parse(data) as AuditEntry).name ?? '' };
        }
      }
    })();
    return {
      async next() {
        const { value, done } = await found.next();
        assert.ok(!done, 'the stream goes on');
        return value;
      },
      end: async () => void (await found.return()),
    };
  }
});

test('documents that are written without a server are recorded too', async () => {
  await using folder = await temporaryFolder();
  await withOfflineDocuments(folder.path, async ({ documents, principal }) => {
    const spec = { authentication: { type: 'password', password: SECRET } };
    await documents.write(documents.kind('User')!, { space: 'default', name: 'ada', spec, principal, described: {}, expected: {} });
  });
  const text = await readFile(join(folder.path, 'audit', 'audit-1.jsonl'), 'utf8');
  const { action, kind, name, protocol } = JSON.parse(text.split('\n')[0]!) as AuditEntry;
  assert.deepEqual([action, kind, name, protocol], ['added', 'User', 'ada', 'data directory']);
  assert.doesNotMatch(text, /sesame|argon2/);
});

describe('files', () => {
  const limits = { fileBytesMax: 300, filesMax: 3 };

  test('a full file is followed by another, the oldest goes, and the next run goes on', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'audit');
    for (const run of [0, 1]) {
      const log = new AuditLog(new AuditFiles(path, limits), () => {});
      for (let act = 0; act < 10; act++) {
        log.record({ action: 'putUser', name: `${run}-${act}-${'x'.repeat(80)}`, outcome: 'done' });
        await log.read(ALL);
      }
      await log.close();
    }
    const names = await readdir(path);
    assert.equal(names.length, limits.filesMax);
    for (const name of names) assert.ok((await stat(join(path, name))).size <= limits.fileBytesMax, name);
    const log = new AuditLog(new AuditFiles(path, limits), () => {});
    const { entries } = await log.read(ALL);
    await log.close();
    assert.match(entries.at(-1)!.name!, /^1-9-/);
    const acts = entries.map(({ name }) => Number(name![2]));
    assert.deepEqual(acts, [...acts].sort());
    assert.ok(acts.length >= limits.filesMax);
  });

  test('a line that a crash has torn is left out, and the next one stands alone', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      join(folder.path, 'audit-4.jsonl'),
      `${JSON.stringify({ time: '2020-01-01T00:00:00.000Z', action: 'a', outcome: 'done' })}\n{"time":"20`,
    );
    const log = new AuditLog(new AuditFiles(folder.path), () => {});
    log.record({ action: 'b', outcome: 'done' });
    const { entries } = await log.read(ALL);
    await log.close();
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['a', 'b'],
    );
  });

  test('what cannot be written is said once, and counted where it can be written again', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'audit');
    await writeFile(path, 'this is no folder');
    const said: string[] = [];
    const log = new AuditLog(new AuditFiles(path), ({ what }) => said.push(what));
    for (const name of ['one', 'two']) {
      log.record({ action: 'putUser', name, outcome: 'done' });
      await assert.rejects(log.read(ALL));
    }
    assert.deepEqual(said, ['the audit log cannot be written']);
    await rm(path);
    log.record({ action: 'putUser', name: 'three', outcome: 'done' });
    const { entries } = await log.read(ALL);
    await log.close();
    assert.deepEqual(
      entries.map(({ action, count, name }) => [action, count ?? name]),
      [
        ['putUser', 'three'],
        [LEFT_OUT, 2],
      ],
    );
    assert.deepEqual(said.slice(1), ['the audit log is written again']);
  });
});

describe('floods', () => {
  test('equal refusals of a second are the first one, and one line for the others', () => {
    const given: unknown[] = [];
    const equal = new EqualEvents((event, count, atMs) => given.push([event.name, count, atMs]));
    for (let time = 0; time < 50; time++) equal.take(refused('a'), 10_000 + time);
    equal.take(refused('b'), 10_100);
    equal.end(10_000 + EQUAL_MS);
    assert.deepEqual(given, [
      ['a', 1, 10_000],
      ['b', 1, 10_100],
      ['a', 49, 10_000 + EQUAL_MS],
    ]);
    equal.endAll();
    assert.equal(given.length, 3);
    assert.equal(equal.waiting, false);
  });

  test('of more different refusals than there is room for, a line says how many were left out; acts never are', async () => {
    await using folder = await temporaryFolder();
    const log = new AuditLog(new AuditFiles(join(folder.path, 'audit')), () => {});
    for (let name = 0; name < DIFFERENT_MAX + 50; name++) log.record(refused(String(name)));
    log.record({ action: 'putUser', outcome: 'done' });
    await log.close();
    const again = new AuditLog(new AuditFiles(join(folder.path, 'audit')), () => {});
    const { entries } = await again.read(ALL);
    await again.close();
    assert.equal(entries.filter(({ action }) => action === 'send').length, DIFFERENT_MAX);
    assert.deepEqual(
      entries.slice(-2).map(({ action, count }) => [action, count]),
      [
        ['putUser', undefined],
        [LEFT_OUT, 50],
      ],
    );
  });

  test('names that others choose are cut', () => {
    assert.equal(boundedEvent({ action: 'send', name: 'x'.repeat(5000), outcome: 'refused' }).name?.length, NAME_CHARACTERS_MAX);
  });
});
