import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { CoreEvent, Turn } from '@angarium/core';
import type { Denial } from '@angarium/transport';
import type { LdapSpec } from '../../src/identity/authentication-service.ts';
import type { Identity } from '../../src/identity/authority.ts';
import { escapedFilterValue, LdapDirectory } from '../../src/identity/ldap-directory.ts';
import { REMEMBERED_MS } from '../../src/identity/remembered-identities.ts';
import { LDAP_BASE, type LdapServer, SLAPD, startLdapServer } from '../support/ldap-server.ts';

const person = (uid: string, name: string, password: string): string => `
dn: uid=${uid},ou=people,${LDAP_BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${name}
sn: ${name}
userPassword: ${password}
`;

const ENTRIES = `dn: ${LDAP_BASE}
objectClass: dcObject
objectClass: organization
o: Acme
dc: acme

dn: ou=people,${LDAP_BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${LDAP_BASE}
objectClass: organizationalUnit
ou: groups
${person('ada', 'Ada', 'secret of ada')}${person('a*a', 'Star', 'secret of star')}${person('twin1', 'Twin', 'secret of twins')}${person('twin2', 'Twin', 'secret of twins')}
dn: cn=engineers,ou=groups,${LDAP_BASE}
objectClass: groupOfNames
cn: engineers
member: uid=ada,ou=people,${LDAP_BASE}

dn: cn=others,ou=groups,${LDAP_BASE}
objectClass: groupOfNames
cn: others
member: uid=twin1,ou=people,${LDAP_BASE}
`;

const skip = existsSync(SLAPD) ? false : 'slapd is not installed';

describe('a directory (LDAP)', { skip }, () => {
  let ldap: LdapServer;
  let nowMs = 1_000_000;
  const events: CoreEvent[] = [];
  const turn = {
    get nowMs() {
      return nowMs;
    },
  } as Turn;
  const directory = (more: Partial<LdapSpec> = {}): LdapDirectory =>
    new LdapDirectory(
      {
        type: 'ldap',
        urls: [ldap.url],
        bindDn: `cn=admin,${LDAP_BASE}`,
        bindPassword: 'secret of the admin',
        userSearchBase: `ou=people,${LDAP_BASE}`,
        userFilter: '(uid={user})',
        groupSearchBase: `ou=groups,${LDAP_BASE}`,
        timeoutMs: 5000,
        ...more,
      },
      turn,
      event => events.push(event),
    );
  const who = (found: Identity | Denial): string => ('user' in found ? found.user : found.temporary ? 'later' : 'nobody');

  before(async () => {
    ldap = await startLdapServer(ENTRIES);
  });
  after(() => ldap?.[Symbol.asyncDispose]());

  test('says who has the password, by the name that the directory has, and in which groups he is', async () => {
    const asked = directory();
    assert.deepEqual(await asked.password('ada', 'secret of ada'), {
      user: 'ada',
      subject: `uid=ada,ou=people,${LDAP_BASE}`,
      groups: ['engineers'],
    });
    assert.equal(who(await asked.password('ADA', 'secret of ada')), 'ada', 'names differ by case to us, and not to a directory');
    assert.deepEqual(((await directory({ groupFilter: '(cn=others)' }).password('ada', 'secret of ada')) as Identity).groups, ['others']);
  });

  test('a wrong password, an unknown name, an empty password and a name of several are told alike', async () => {
    const asked = directory();
    for (const [user, password] of [
      ['ada', 'guess'],
      ['bob', 'secret of ada'],
      ['ada', ''],
      ['', 'secret of ada'],
    ] as const)
      assert.deepEqual(await asked.password(user, password), { kind: 'failure', why: 'the user name or the password is wrong' });
    assert.equal(who(await directory({ userFilter: '(cn={user})' }).password('Twin', 'secret of twins')), 'nobody');
  });

  test('[RFC 4515, 3] a name cannot say more than a name', async () => {
    const asked = directory();
    for (const user of ['*', 'ad*', 'ada)(uid=*', '*)(|(uid=*', 'ada\0', '\\61da', 'ada))(&(uid=ada'])
      assert.equal(who(await asked.password(user, 'secret of ada')), 'nobody', user);
    assert.equal(who(await asked.password('a*a', 'secret of star')), 'a*a', 'a star in a name is a star');
    assert.equal(escapedFilterValue('a\\b*c(d)e\0f'), 'a\\5cb\\2ac\\28d\\29e\\00f');
  });

  test('speaks TLS, from the beginning or later, and only with a server that it knows', async () => {
    const ca = ldap.authority.pem;
    assert.equal(who(await directory({ urls: [ldap.secureUrl], ca }).password('ada', 'secret of ada')), 'ada');
    assert.equal(who(await directory({ startTls: true, ca }).password('ada', 'secret of ada')), 'ada');
    for (const strange of [{ urls: [ldap.secureUrl] }, { startTls: true }]) {
      events.length = 0;
      assert.equal(who(await directory(strange).password('ada', 'secret of ada')), 'later');
      assert.match(events[0]?.what ?? '', /a directory cannot be asked: .*certificate/i);
    }
  });

  test('asks the next of its servers where one does not answer; where none does, nobody knows', async () => {
    const gone = 'ldap://127.0.0.1:1';
    assert.equal(who(await directory({ urls: [gone, ldap.url] }).password('ada', 'secret of ada')), 'ada');
    assert.equal(who(await directory({ urls: [gone] }).password('ada', 'secret of ada')), 'later');
    events.length = 0;
    assert.equal(who(await directory({ bindPassword: 'guess' }).password('ada', 'secret of ada')), 'later');
    assert.match(events[0]?.what ?? '', /InvalidCredentials/);
  });

  test('says of itself why it could not be asked and what to do, without what is secret; that a password is wrong is an answer', async () => {
    const fails = directory({ bindPassword: 'hidden' });
    assert.equal(fails.health.failing, false);
    await fails.password('ada', 'secret of ada');
    assert.equal(fails.health.failing, true);
    const words = fails.health.lastFailure?.words ?? '';
    assert.match(words, /^A directory cannot be asked: InvalidCredentials.*\. Check that this server reaches ldap:.* spec\.bindDn /);
    assert.doesNotMatch(words, /hidden|secret/);
    const answers = directory({ urls: ['ldap://127.0.0.1:1', ldap.url] });
    assert.equal(who(await answers.password('ada', 'guess')), 'nobody');
    assert.equal(answers.health.failing, false);
  });

  test('whom it has found it remembers for a moment', async () => {
    const asked = directory();
    await asked.password('ada', 'secret of ada');
    assert.equal(asked.recognize('ada', 'secret of ada')?.user, 'ada');
    assert.equal(asked.recognize('ada', 'guess'), undefined);
    nowMs += REMEMBERED_MS + 1;
    assert.equal(asked.recognize('ada', 'secret of ada'), undefined);
  });
});
