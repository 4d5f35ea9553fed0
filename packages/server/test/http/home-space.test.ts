import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { callRaw } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare } from '../support/declare.ts';

const basic = (name: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`${name}:secret`).toString('base64')}` });

test('a short path leads to the address space of who takes it: plain, and read by Node', async () => {
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  const { broker } = server;
  for (const space of ['alpha', 'beta']) {
    await declare(broker, 'AddressSpace', '', space, { autoCreate: true });
    await declare(broker, 'User', space, 'ada', {
      authentication: { type: 'password', passwordHash: await cheapHash('secret') },
      authorization: [{ actions: ['send', 'receive', 'manage'], addresses: ['#'] }],
    });
  }
  for (const space of ['alpha', 'beta'])
    for (const more of [{}, { 'accept-encoding': 'x', expect: '100-continue' }]) {
      const headers = { ...basic(`ada@${space}`), ...more };
      assert.equal((await callRaw(server, 'POST', '/m/orders', { text: space, headers })).status, 202);
    }
  assert.equal(broker.spaces.get('default')!.addresses.size, 0);
  for (const space of ['alpha', 'beta']) {
    assert.equal(broker.spaces.get(space)!.addresses.get('orders')?.stored, 2);
    const got = await callRaw(server, 'POST', '/m/orders:receive', { headers: basic(`ada@${space}`) });
    assert.equal(got.text, space);
  }
});

test('the path of an address space says which one is meant, as those below it do', async () => {
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  const { broker } = server;
  const authentication = { type: 'password', passwordHash: await cheapHash('secret') };
  for (const space of ['alpha', 'beta']) await declare(broker, 'AddressSpace', '', space, {});
  await declare(broker, 'User', 'alpha', 'ada', { authentication });
  await declare(broker, 'User', 'default', 'root', { authentication });
  await declare(broker, 'RoleBinding', 'default', 'root', { role: 'server-admin', subjects: [{ user: 'root' }] });
  const statusOf = async (user: string, space: string): Promise<number> =>
    (await callRaw(server, 'GET', `/apis/angarium.dev/v1/addressspaces/${space}`, { headers: basic(user) })).status;
  assert.equal(await statusOf('ada', 'alpha'), 200);
  assert.equal(await statusOf('ada', 'beta'), 401);
  assert.equal(await statusOf('root', 'beta'), 200);
  assert.equal(await statusOf('root', 'gamma'), 404);
});
