import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PROTOCOL_HEADER_AMQP, PROTOCOL_HEADER_SASL, SASL_AUTH, SASL_OK } from '@angarium/codec-amqp';
import { hashPassword } from '@angarium/server';
import { formatScramCredentials, makeScramCredentials } from '@angarium/server/scram-credentials';
import { runPython, ScramClient, skipWithout, startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import type { ScramMechanism } from '@angarium/transport';
import rhea from 'rhea';
import { frameBytes, RawPeer, saslBytes } from './support/raw-peer.ts';

const MECHANISMS: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const CYRUS = fileURLToPath(new URL('cyrus/scram.py', import.meta.url));

async function credentials(mechanism: ScramMechanism, password: string): Promise<string> {
  return formatScramCredentials(mechanism, (await makeScramCredentials(mechanism, password))!);
}

async function users(): Promise<{ name: string; passwordHash: string; scramSha256: string; scramSha512: string }[]> {
  const password = 'sesam öffne dich';
  return [
    {
      name: 'anna',
      passwordHash: await hashPassword(password),
      scramSha256: await credentials('SCRAM-SHA-256', password),
      scramSha512: await credentials('SCRAM-SHA-512', password),
    },
  ];
}

/** A connection that has got as far as the server's offer of mechanisms. */
async function offered(server: TestServer): Promise<RawPeer> {
  const peer = await RawPeer.connect(server.amqp);
  peer.sendHeader(true);
  await peer.saslFrame('sasl-mechanisms');
  return peer;
}

describe('SCRAM over AMQP (part 5, section 5.3; RFC 5802)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', mqtt: 'off', users: await users() });
  });
  after(() => server[Symbol.asyncDispose]());

  test('[5.3.3.1] mechanisms are offered in the order of their strength', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    peer.sendHeader(true);
    assert.deepEqual((await peer.saslFrame('sasl-mechanisms')).mechanisms, ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']);
  });

  for (const mechanism of MECHANISMS) {
    test(`[5.3.3.5] ${mechanism} lets the user in, and the outcome has the server’s own proof as additional data`, async () => {
      await using peer = await offered(server);
      const client = new ScramClient(mechanism, 'anna', 'sesam öffne dich');
      peer.sasl({ kind: 'sasl-init', mechanism, initialResponse: client.first });
      const { challenge } = await peer.saslFrame('sasl-challenge');
      peer.sasl({ kind: 'sasl-response', response: client.final(challenge) });
      const outcome = await peer.saslFrame('sasl-outcome');
      assert.equal(outcome.code, SASL_OK);
      assert.ok(client.verifies(outcome.additionalData));
      peer.sendHeader();
      peer.write({ kind: 'open', containerId: 'anna' });
      await peer.next('open');
      assert.equal(
        [...server.head.connections].some(connection => connection.status().user === 'anna'),
        true,
      );
    });

    test(`rhea logs in by ${mechanism}, sends and receives`, async () => {
      const client = new ScramClient(mechanism, 'anna', 'sesam öffne dich');
      type Answer = (error: undefined, response: Buffer) => void;
      const steps = {
        start: (answer: Answer) => answer(undefined, client.first),
        step: (challenge: Buffer, answer: Answer) => answer(undefined, client.final(challenge)),
      };
      const container = rhea.create_container();
      const options = { ...server.amqp, reconnect: false, sasl_mechanisms: { [mechanism]: () => steps } };
      const connection = container.connect(options as unknown as rhea.ConnectionOptions);
      const received = new Promise<unknown>((resolve, reject) => {
        container.on('connection_error', context => reject(context.connection.error));
        container.on('message', context => resolve(context.message?.body));
      });
      connection.open_sender('scram').send({ body: mechanism });
      connection.open_receiver('scram');
      assert.equal(await received, mechanism);
      const closed = new Promise(resolve => container.once('connection_close', resolve));
      connection.close();
      await closed;
    });

    test(`Cyrus SASL logs in by ${mechanism}, and believes the server; not with a wrong password, and not as nobody`, async context => {
      if (skipWithout(context, 'python3')) return;
      const login = async (user: string, password: string): Promise<string> => {
        const { host, port } = server.amqp;
        const { code, stdout, stderr } = await runPython(CYRUS, [host, String(port), mechanism, user, password]);
        assert.equal(code, 0, stderr);
        return stdout.trim();
      };
      const right = await login('anna', 'sesam öffne dich');
      if (right === 'missing') return context.skip('Debian package libsasl2-modules is not installed');
      assert.equal(right, 'in');
      assert.equal(await login('anna', 'sesam'), 'refused');
      assert.equal(await login('nobody', 'sesam öffne dich'), 'refused');
    });
  }

  test('[5.3.3.2] without an initial response the server asks for it by an empty challenge', async () => {
    await using peer = await offered(server);
    const client = new ScramClient('SCRAM-SHA-256', 'anna', 'sesam öffne dich');
    peer.sasl({ kind: 'sasl-init', mechanism: 'SCRAM-SHA-256' });
    assert.equal((await peer.saslFrame('sasl-challenge')).challenge.length, 0);
    peer.sasl({ kind: 'sasl-response', response: client.first });
    peer.sasl({ kind: 'sasl-response', response: client.final((await peer.saslFrame('sasl-challenge')).challenge) });
    assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_OK);
  });

  test('[2.3] the stream of a login may be cut anywhere: byte by byte', async () => {
    await using peer = await RawPeer.connect(server.amqp);
    const client = new ScramClient('SCRAM-SHA-256', 'anna', 'sesam öffne dich');
    const bytewise = async (bytes: Uint8Array): Promise<void> => {
      for (const byte of bytes) {
        peer.send(Uint8Array.of(byte));
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    await bytewise(PROTOCOL_HEADER_SASL);
    await bytewise(saslBytes({ kind: 'sasl-init', mechanism: 'SCRAM-SHA-256', initialResponse: client.first }));
    const response = client.final((await peer.saslFrame('sasl-challenge')).challenge);
    await bytewise(saslBytes({ kind: 'sasl-response', response }));
    assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_OK);
    await bytewise(PROTOCOL_HEADER_AMQP);
    await bytewise(frameBytes({ kind: 'open', containerId: 'anna' }));
    await peer.next('open');
  });

  for (const [what, user, password] of [
    ['a wrong password', 'anna', 'sesam'],
    ['a user who is not there', 'berta', 'sesam öffne dich'],
  ] as const) {
    test(`[5.3.3.6] ${what} is refused with the code auth after the same steps, and nothing says which it was`, async () => {
      await using peer = await offered(server);
      const client = new ScramClient('SCRAM-SHA-512', user, password);
      peer.sasl({ kind: 'sasl-init', mechanism: 'SCRAM-SHA-512', initialResponse: client.first });
      peer.sasl({ kind: 'sasl-response', response: client.final((await peer.saslFrame('sasl-challenge')).challenge) });
      const outcome = await peer.saslFrame('sasl-outcome');
      assert.equal(outcome.code, SASL_AUTH);
      assert.equal(outcome.additionalData, undefined);
      await peer.ended();
    });
  }

  test('[5.3.2] a second init in place of a response is refused', async () => {
    await using peer = await offered(server);
    const client = new ScramClient('SCRAM-SHA-256', 'anna', 'sesam öffne dich');
    peer.sasl({ kind: 'sasl-init', mechanism: 'SCRAM-SHA-256', initialResponse: client.first });
    await peer.saslFrame('sasl-challenge');
    peer.sasl({ kind: 'sasl-init', mechanism: 'SCRAM-SHA-256', initialResponse: client.first });
    assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_AUTH);
    await peer.ended();
  });

  test('[RFC 5802, 9] a name of nobody is asked with the same salt after a restart, as a name of somebody is', async () => {
    await using folder = await temporaryFolder();
    const known = await users();
    const saltOf = async (user: string): Promise<string> => {
      await using again = await startTestServer({ http: 'off', mqtt: 'off', dataDir: folder.path, users: known });
      await using peer = await offered(again);
      peer.sasl({ kind: 'sasl-init', mechanism: 'SCRAM-SHA-256', initialResponse: new ScramClient('SCRAM-SHA-256', user, '').first });
      const text = Buffer.from((await peer.saslFrame('sasl-challenge')).challenge).toString();
      return /,s=.*$/.exec(text)![0];
    };
    assert.equal(await saltOf('nobody'), await saltOf('nobody'));
    assert.equal(await saltOf('anna'), await saltOf('anna'));
    assert.equal((await saltOf('nobody')).length, (await saltOf('anna')).length);
  });
});
