import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runCommand, silentPeer, spawnServer, startTestServer, temporaryFolder } from '@angarium/testkit';
import rhea from 'rhea';
import { EXIT_CODES } from '../src/exit-code.ts';

describe('angarium up', () => {
  test('a message that was accepted is there after the process was killed', async () => {
    await using server = await spawnServer();
    const env = { ANGARIUM_URL: server.http };
    assert.equal((await runCommand(['address', 'create', 'orders', '--type', 'queue'], { env })).code, 0);
    assert.equal((await runCommand(['send', 'orders', 'kept', '--count', '3'], { env })).code, 0);
    assert.equal(await server.kill('SIGKILL'), 'SIGKILL');
    await using again = await server.restart();
    const received = await runCommand(['receive', 'orders', '--count', '3', '--timeout', '5s', '--url', again.http]);
    assert.equal(received.stdout, 'kept\nkept\nkept\n');
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} tells peers, and ends with exit code 0`, async () => {
      await using server = await spawnServer();
      const connection = rhea.create_container().connect({ ...server.amqp, username: 'anonymous', reconnect: false });
      await once(connection, 'connection_open');
      const told = once(connection, 'connection_error');
      const ended = server.kill(signal);
      await told;
      assert.equal((connection.error as { condition: string }).condition, 'amqp:connection:forced');
      assert.equal(await ended, 0);
      assert.match(server.log(), /"msg":"stopped"/);
    });
  }

  test('a second signal ends at once, though a peer has not gone yet', async () => {
    await using server = await spawnServer({ args: ['--drain-timeout', '1h', '--amqp-close-timeout-ms', '3600000'] });
    const peer = await silentPeer(server.amqp);
    let answers = true;
    while (answers) {
      // Signals that come right after each other count as one: the answers in between give them time.
      process.kill(server.pid, 'SIGTERM');
      answers = await fetch(`${server.http}/healthz`).then(
        answer => answer.ok,
        () => false,
      );
    }
    assert.equal(await server.kill('SIGCONT'), 143);
    peer.destroy();
  });

  test('a mistake of ours ends the process with exit code 70 and a line in the log, and what was accepted is there afterwards', async () => {
    const mistake = "data:text/javascript,process.on('SIGUSR2', () => setImmediate(() => { throw new Error('on purpose'); }))";
    await using server = await spawnServer({ env: { NODE_OPTIONS: `--import="${mistake}"` } });
    assert.equal((await runCommand(['send', 'orders', 'kept', '--type', 'queue'], { env: { ANGARIUM_URL: server.http } })).code, 0);
    assert.equal(await server.kill('SIGUSR2'), EXIT_CODES.crashed.code);
    assert.match(server.log(), /"message":"on purpose".*"msg":"the server made a mistake and ends"/);
    await using again = await server.restart();
    assert.equal((await runCommand(['receive', 'orders', '--count', '1', '--timeout', '5s', '--url', again.http])).stdout, 'kept\n');
  });

  test('mistakes in flags, variables and files end with the exit code for usage, and words without a stack', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'angarium.yaml');
    await writeFile(file, 'amqp: 0\nhtttp: 0\n');
    for (const [args, env, words] of [
      [['--config', file], {}, /angarium\.yaml:2: "htttp" is not known; is "http" meant\?/],
      [['--amqp', 'nowhere'], {}, /--amqp: expected \[HOST:\]PORT, or off, found "nowhere"/],
      [['--amqp', '99999'], {}, /"99999" is not \[HOST:\]PORT/],
      [[], { ANGARIUM_DRAIN_TIMEOUT: '10' }, /ANGARIUM_DRAIN_TIMEOUT: expected a number with a unit/],
      [['--amqp', '0.0.0.0:0'], {}, /there are no users/],
      [['--data'], {}, /unknown option '--data'/],
    ] as const) {
      const result = await runCommand(['up', '--http', '0', '--mqtt', '0', '--data-dir', join(folder.path, 'data'), ...args], { env });
      assert.match(result.stderr, words);
      assert.doesNotMatch(result.stderr, /\n {4}at /);
      assert.equal(result.code, EXIT_CODES.usage.code, result.stderr);
    }
  });

  test('a taken port and a data directory in use end with exit code 1', async () => {
    await using server = await startTestServer();
    await using folder = await temporaryFolder();
    const port = String(server.amqp.port);
    const taken = await runCommand(['up', '--amqp', port, '--http', 'off', '--mqtt', 'off', '--data-dir', folder.path]);
    assert.match(taken.stderr, new RegExp(`Port ${port} for AMQP is taken`));
    assert.equal(taken.code, EXIT_CODES.failed.code);
    const used = await runCommand(['up', '--amqp', '0', '--http', '0', '--mqtt', '0', '--data-dir', server.dataDirectory]);
    assert.match(used.stderr, /is in use by another/);
    assert.equal(used.code, EXIT_CODES.failed.code);
  });
});
