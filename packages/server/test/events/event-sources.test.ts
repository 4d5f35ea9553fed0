import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { connectAsync } from 'mqtt';
import { EVENT_REASONS } from '../../src/events/event-reasons.ts';
import { happeningOf } from '../../src/events/event-sources.ts';
import type { ServerEvent } from '../../src/events/server-event.ts';

test('what is reported is an event where it names one, or warns', () => {
  const details = { addressSpace: 'shop', peer: '127.0.0.1:1' };
  assert.deepEqual(happeningOf('amqp', { level: 'debug', what: 'connection opened', event: 'ConnectionOpened', ...details }), {
    reason: 'ConnectionOpened',
    addressSpace: 'shop',
    regarding: { kind: 'Connection', name: '127.0.0.1:1' },
    note: 'connection opened',
  });
  assert.deepEqual(happeningOf('audit', { level: 'error', what: 'it cannot be written', why: 'the disk is full' }), {
    reason: 'Problem',
    severity: 'error',
    regarding: { kind: 'Server', name: 'audit' },
    note: 'it cannot be written: the disk is full',
  });
  assert.equal(happeningOf('amqp', { level: 'info', what: 'link detached', ...details }), undefined);
});

test('of an address and who sends there, an event is about the address', () => {
  const event = { level: 'warn', what: 'x', peer: '127.0.0.1:1', address: 'orders' } as const;
  assert.deepEqual(happeningOf('broker', event)?.regarding, { kind: 'Address', name: 'orders' });
});

test('a connection that is one too many is an event, with the name of the limit', async () => {
  await using server = await startTestServer({ amqp: 'off' });
  server.broker.space('default').limits.change({ connectionsMax: 1 });
  const dial = () => connectAsync({ ...server.mqtt, protocolVersion: 5, reconnectPeriod: 0 });
  const first = await dial();
  await assert.rejects(dial());
  const { items } = (await (await fetch(`${server.http}/apis/angarium.dev/v1/events`)).json()) as { items: ServerEvent[] };
  const { addressSpace, severity, note } = items.find(({ reason }) => reason === 'ConnectionRefused')!;
  assert.deepEqual([addressSpace, severity], ['default', 'warning']);
  assert.match(note, /has 1 connections, as many as it may have \(connectionsMax\)/);
  await first.endAsync();
});

test('a document that is deleted and waits for its finalizers is an event that names them', async () => {
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  const addresses = '/apis/angarium.dev/v1/addressspaces/default/addresses';
  const call = (method: string, path: string, type: string, body?: object) =>
    fetch(`${server.http}${path}`, { method, headers: { 'content-type': type }, ...(body && { body: JSON.stringify(body) }) });
  const made = { metadata: { name: 'orders', finalizers: ['acme.example/copy'] }, spec: { type: 'queue' } };
  assert.equal((await call('POST', addresses, 'application/json', made)).status, 201);
  assert.ok((await fetch(`${server.http}${addresses}/orders`, { method: 'DELETE' })).ok);
  assert.ok((await call('PATCH', `${addresses}/orders`, 'application/merge-patch+json', { metadata: { finalizers: [] } })).ok);
  const { items } = (await (await fetch(`${server.http}/apis/angarium.dev/v1/events`)).json()) as { items: ServerEvent[] };
  assert.deepEqual(
    items.filter(({ regarding }) => regarding.name === 'orders').map(({ reason, note }) => [reason, note]),
    [
      ['DocumentAdded', 'The Address orders is there.'],
      ['DocumentWaits', 'The Address orders is deleted, and waits for acme.example/copy.'],
      ['DocumentDeleted', 'The Address orders is gone.'],
    ],
  );
});

test('a space that is full, and has room again, is an event', async () => {
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  const { limits } = server.broker.space('default');
  const send = async (): Promise<number> => (await fetch(`${server.http}/m/orders`, { method: 'POST', body: 'x' })).status;
  assert.equal(await send(), 202);
  limits.change({ messagesMax: 1 });
  await send();
  limits.change({});
  await send();
  const { items } = (await (await fetch(`${server.http}/apis/angarium.dev/v1/events`)).json()) as { items: { reason: string }[] };
  const reasons = items.map(({ reason }) => reason).filter(reason => reason.startsWith('Space'));
  assert.deepEqual(reasons, ['SpaceFull', 'SpaceHasRoom']);
  for (const reason of reasons) assert.ok(Object.hasOwn(EVENT_REASONS, reason));
});

test('an address that is full is an event, whether its producers wait or are refused, and one for many messages', async () => {
  await using server = await startTestServer({
    amqp: 'off',
    mqtt: 'off',
    addresses: [
      { name: 'waits', type: 'queue', messagesMax: 2 },
      { name: 'refuses', type: 'queue', messagesMax: 2, overflow: 'reject' },
    ],
  });
  for (const address of ['waits', 'refuses'])
    for (let i = 0; i < 4; i++) await fetch(`${server.http}/m/${address}`, { method: 'POST', body: 'x' });
  const { items } = (await (await fetch(`${server.http}/apis/angarium.dev/v1/events`)).json()) as { items: ServerEvent[] };
  assert.deepEqual(
    items.filter(({ reason }) => reason === 'AddressFull').map(({ regarding, severity, note }) => [regarding, severity, note]),
    [
      [{ kind: 'Address', name: 'waits' }, 'warning', 'an address holds as much as it may, 2 messages: its producers wait'],
      [{ kind: 'Address', name: 'refuses' }, 'warning', 'an address holds as much as it may, 2 messages: messages are refused'],
    ],
  );
});
