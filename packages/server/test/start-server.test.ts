import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { listening, silentPeer, startTestServer, temporaryFolder } from '@angarium/testkit';
import rhea from 'rhea';
import { hashPassword } from '../src/identity/password-hash.ts';
import { StartError } from '../src/start-error.ts';
import { startServer } from '../src/start-server.ts';

async function refusedStart(options: Parameters<typeof startServer>[0]): Promise<StartError> {
  const error = await startServer(options).then(
    async server => {
      await server.stop();
      assert.fail('it started');
    },
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartError, String(error));
  return error;
}

describe('starting', () => {
  test('a server on free ports says where it listens, and keeps its name over a restart', async () => {
    await using folder = await temporaryFolder();
    const options = { amqp: '0', http: '0', mqtt: 'off', dataDir: join(folder.path, 'made/by/it') };
    await using first = await startServer(options);
    assert.match(first.endpoints.amqp!, /^amqp:\/\/127\.0\.0\.1:\d+$/);
    assert.match(first.endpoints.http!, /^http:\/\/127\.0\.0\.1:\d+$/);
    await first.stop();
    await using second = await startServer(options);
    assert.equal(second.containerId, first.containerId);
    assert.equal(await readFile(join(folder.path, 'made/by/it/container-id'), 'utf8'), `${first.containerId}\n`);
  });

  test('a protocol that is off does not listen', async () => {
    await using server = await startTestServer({ http: 'off' });
    assert.equal(server.endpoints.http, undefined);
    assert.ok(server.endpoints.amqp);
  });

  for (const option of ['amqp', 'http'] as const) {
    test(`a taken port for ${option} is an error that names it and says what to do, and nothing stays behind`, async () => {
      await using folder = await temporaryFolder();
      await using other = await listening(createServer());
      const { port } = other;
      const options = { amqp: '0', http: '0', mqtt: 'off', dataDir: folder.path };
      const error = await refusedStart({ ...options, [option]: String(port) });
      assert.equal(error.reason, 'environment');
      assert.match(error.message, new RegExp(`Port ${port} for ${option.toUpperCase()} is taken .* --${option} `));
      await other[Symbol.asyncDispose]();
      // The data directory was given back: a next start has it.
      await (await startServer(options)).stop();
    });
  }

  test('a second server on the same data directory is refused, and the first goes on', async () => {
    await using server = await startTestServer();
    const error = await refusedStart({ amqp: '0', http: '0', mqtt: 'off', dataDir: server.dataDirectory });
    assert.equal(error.reason, 'environment');
    assert.match(error.message, /is in use by another/);
    assert.equal((await fetch(`${server.http}/readyz`)).status, 200);
  });

  test('a data directory that cannot be made is refused by name', async () => {
    await using folder = await temporaryFolder();
    const dataDir = join(folder.path, 'file');
    await writeFile(dataDir, '');
    assert.match((await refusedStart({ amqp: '0', http: '0', mqtt: 'off', dataDir })).message, /file cannot be used: ENOTDIR/);
  });

  test('a listener beyond loopback is refused until there are users, or anonymous access is asked for by name', async () => {
    await using folder = await temporaryFolder();
    const options = { amqp: '0.0.0.0:0', http: 'off', mqtt: 'off', dataDir: folder.path };
    const error = await refusedStart(options);
    assert.equal(error.reason, 'configuration');
    assert.match(error.message, /there are no users.*--allow-anonymous/);
    await assert.rejects(access(join(folder.path, 'container-id')), 'nothing was touched');
    await (await startServer({ ...options, allowAnonymous: true })).stop();
    await (await startServer({ ...options, users: [{ name: 'ada', passwordHash: await hashPassword('secret') }] })).stop();
  });

  test('addresses of the configuration are there from the start, and stay as they are at the next', async () => {
    await using folder = await temporaryFolder();
    const options = {
      amqp: '0',
      http: '0',
      mqtt: 'off',
      dataDir: folder.path,
      addresses: [{ name: 'orders', type: 'queue' as const, messagesMax: 5 }],
    };
    await using first = await startServer(options);
    assert.deepEqual(first.broker.spaces.get('default')?.addresses.get('orders')?.spec, { type: 'queue', messagesMax: 5 });
    await first.stop();
    await (await startServer(options)).stop();
    const error = await refusedStart({ ...options, addresses: [{ name: 'orders', type: 'topic' }] });
    assert.match(error.message, /"orders" of the configuration cannot be declared/);
  });
});

describe('stopping', () => {
  test('peers are told amqp:connection:forced, ports are given back, and a second stop is the same', async () => {
    await using server = await startTestServer();
    const connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
    await once(connection, 'connection_open');
    const closed = once(connection, 'connection_error');
    const stopped = server.stop();
    assert.equal(server.stop(), stopped);
    await closed;
    assert.equal((connection.error as { condition: string }).condition, 'amqp:connection:forced');
    await stopped;
    await assert.rejects(fetch(`${server.http}/healthz`));
  });

  test('a peer that does not answer the close is cut off after the drain timeout', async () => {
    await using server = await startTestServer({ drainTimeout: '100ms' });
    const socket = await silentPeer(server.amqp);
    const ended = once(socket, 'close');
    await server.stop();
    await ended;
  });

  test('while it drains, the server lives, but says that it is not ready', async () => {
    await using server = await startTestServer({ drainTimeout: '5s' });
    const socket = await silentPeer(server.amqp);
    const stopped = server.stop();
    const answer = await fetch(`${server.http}/readyz`);
    assert.equal(answer.status, 503);
    const { status, checks } = (await answer.json()) as { status: string; checks: { name: string; passed: boolean }[] };
    assert.equal(status, 'stopping');
    assert.deepEqual(
      checks.filter(({ passed }) => !passed).map(({ name }) => name),
      ['phase'],
    );
    assert.equal((await fetch(`${server.http}/healthz`)).status, 200);
    socket.destroy();
    await stopped;
  });
});

describe('access over AMQP', () => {
  async function openWith(server: { amqp: { host: string; port: number } }, credentials: object): Promise<string> {
    const connection = rhea.create_container().connect({ ...server.amqp, ...credentials, reconnect: false });
    const refusedBy = async (event: string): Promise<string> => {
      await once(connection, event);
      return event;
    };
    connection.on('error', () => {});
    const outcome = await Promise.race([refusedBy('connection_open'), refusedBy('connection_error'), refusedBy('disconnected')]);
    if (outcome !== 'connection_open') return 'refused';
    connection.close();
    await once(connection, 'connection_close');
    return 'open';
  }

  test('[AMQP part 5, 5.3] with users, PLAIN with the right password opens, everything else is refused', async () => {
    await using server = await startTestServer({ users: [{ name: 'ada', passwordHash: await hashPassword('secret') }] });
    assert.equal(await openWith(server, { username: 'ada', password: 'secret' }), 'open');
    assert.equal(await openWith(server, { username: 'ada', password: 'wrong' }), 'refused');
    assert.equal(await openWith(server, { username: 'bob', password: 'secret' }), 'refused');
    assert.equal(await openWith(server, { username: 'anonymous' }), 'refused');
    assert.equal(await openWith(server, {}), 'refused', 'without SASL');
  });

  test('[AMQP part 5, 5.3] without users, this machine opens anonymously, with SASL and without', async () => {
    await using server = await startTestServer();
    assert.equal(await openWith(server, { username: 'anonymous' }), 'open');
    assert.equal(await openWith(server, {}), 'open');
  });

  test('connections beyond connectionsMax are closed at once, and those within go on', async () => {
    await using server = await startTestServer({ connectionsMax: 1 });
    const first = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
    await once(first, 'connection_open');
    assert.equal(await openWith(server, { username: 'anonymous' }), 'refused');
    assert.equal(first.is_open(), true);
    first.close();
    await once(first, 'connection_close');
  });
});
