import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { certificateAuthority, listening, skipWithout } from '@angarium/testkit';
import { peerOfTls } from '../../src/tls/peer-of-tls.ts';

test('a peer over TLS has the name that it asked for, and its certificate when that was verified', async t => {
  if (skipWithout(t, 'openssl')) return;
  await using authority = await certificateAuthority();
  await using stranger = await certificateAuthority('stranger');
  const own = await authority.issue('server');
  const names = ['email:ada@example.org', 'URI:urn:device:7', 'DNS:ada.example', 'IP:10.0.0.1'];
  const client = await authority.issue('client', { names, subject: '/O=Acme/CN=ada' });
  const two = await authority.issue('two', { names: [], subject: '/CN=ada/CN=eve' });
  const foreign = await stranger.issue('foreign');
  const pair = async ({ certificate, key }: typeof own): Promise<{ cert: Buffer; key: Buffer }> => ({
    cert: await readFile(certificate),
    key: await readFile(key),
  });
  const listener = createServer({ ...(await pair(own)), ca: authority.pem, requestCert: true, rejectUnauthorized: false });
  await using there = await listening(listener);
  const { port } = there;
  const peerWith = async (options: object): Promise<ReturnType<typeof peerOfTls>> => {
    const secured = once(listener, 'secureConnection') as Promise<[TLSSocket]>;
    const socket = connect({ port, host: '127.0.0.1', servername: 'LocalHost', ca: authority.pem, ...options });
    const [accepted] = await secured;
    const peer = peerOfTls(accepted);
    assert.match(peer.address, /^127\.0\.0\.1:\d+$/);
    accepted.destroy();
    socket.destroy();
    return peer;
  };
  const { fingerprint256, validToDate } = new X509Certificate(await readFile(client.certificate));
  assert.deepEqual((await peerWith(await pair(client))).tls, {
    serverName: 'localhost',
    certificate: {
      subject: 'CN=ada,O=Acme',
      commonName: 'ada',
      names: names.slice(0, 3).map(name => name.replace(/^\w+:/, '')),
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
      expiresMs: validToDate.getTime(),
    },
  });
  const ofTwo = (await peerWith(await pair(two))).tls?.certificate;
  assert.deepEqual({ ...ofTwo, fingerprint: '', expiresMs: 0 }, { subject: 'CN=eve,CN=ada', names: [], fingerprint: '', expiresMs: 0 });
  assert.deepEqual((await peerWith(await pair(foreign))).tls, { serverName: 'localhost' });
  // Without a name, and without a certificate: an address is no name (RFC 6066, section 3).
  assert.deepEqual((await peerWith({ servername: '', checkServerIdentity: () => undefined })).tls, {});
});

test('a peer without TLS has none of it', () => {
  assert.deepEqual(peerOfTls({ remoteAddress: '::ffff:10.0.0.1', remotePort: 5 }), { address: '10.0.0.1:5', loopback: false });
});
