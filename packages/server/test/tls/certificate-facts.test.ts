import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { certificateAuthority, runProgram, skipWithout } from '@angarium/testkit';
import { distinguishedName, subjectNames } from '../../src/tls/certificate-facts.ts';

test('[RFC 4514, 2] a subject is written as OpenSSL writes it, the most specific name first, with its escapes', async t => {
  if (skipWithout(t, 'openssl')) return;
  await using authority = await certificateAuthority();
  for (const [index, subject] of ['/C=DE/O=Acme\\, "Ltd"/OU=A+UID=7/CN=a\\+da', '/CN= blank ', '/CN=Žižek;x=1#<>\\\\'].entries()) {
    const { certificate } = await authority.issue(`subject-${index}`, { subject });
    const { stdout } = await runProgram('openssl', ['x509', '-in', certificate, '-noout', '-subject', '-nameopt', 'RFC2253,-esc_msb']);
    assert.equal(`subject=${distinguishedName(new X509Certificate(await readFile(certificate)).subject)}\n`, stdout);
  }
});

test('further names come with their kinds, and a value is never taken for another name', async t => {
  if (skipWithout(t, 'openssl')) return;
  await using authority = await certificateAuthority();
  const names = ['DNS:a.example', 'email:ada@example.org', 'URI:urn:device:7', 'IP:127.0.0.1'];
  const { certificate } = await authority.issue('names', { names });
  assert.deepEqual(subjectNames(new X509Certificate(await readFile(certificate))), [
    { kind: 'DNS', value: 'a.example' },
    { kind: 'email', value: 'ada@example.org' },
    { kind: 'URI', value: 'urn:device:7' },
    { kind: 'IP Address', value: '127.0.0.1' },
  ]);
  // As Node writes a value with a comma, which no openssl command line takes.
  const quoted = { subjectAltName: 'DNS:"evil\\u002c DNS:b.example", URI:"a\\"b", DNS:c' } as X509Certificate;
  assert.deepEqual(subjectNames(quoted), [
    { kind: 'DNS', value: 'evil, DNS:b.example' },
    { kind: 'URI', value: 'a"b' },
    { kind: 'DNS', value: 'c' },
  ]);
  assert.deepEqual(subjectNames({ subjectAltName: undefined } as X509Certificate), []);
});
