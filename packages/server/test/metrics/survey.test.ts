import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressSpace, Broker, type ConsumerPort, type Producer, type ProducerPort } from '@angarium/core';
import type { Census } from '../../src/activity/link-census.ts';
import { EventLoopTurn } from '../../src/event-loop-turn.ts';
import { OTHERS } from '../../src/metrics/metric.ts';
import { type Snapshot, Survey } from '../../src/metrics/survey.ts';

const PRODUCER = { creditChanged() {}, settle() {}, end() {} } as unknown as ProducerPort;

const NO_LINKS = async (): Promise<Census> => new Map();

function brokerWith(...spaces: readonly string[]): Broker {
  const broker = new Broker({ turn: new EventLoopTurn(), report: () => {}, autoCreate: true, addressesMax: 1000, randomName: () => 'x' });
  for (const space of spaces) broker.createSpace(space, { autoCreate: true });
  return broker;
}

/** Makes a direct address, which needs no log, that has counted so many messages; answers how it ends, which it does with its last link. */
function received(space: AddressSpace, name: string, count: number): () => void {
  const producer = space.attachProducer(name, 'multicast', PRODUCER) as Producer;
  (space.addresses.get(name)!.counters as { in: number }).in += count;
  return () => producer.detach();
}

function inOf(snapshot: Snapshot, address: string): number | undefined {
  return snapshot.addresses.find(of => of.address === address)?.counters.in;
}

function sumOf(snapshot: Snapshot): { bySpaces: number; byAddresses: number } {
  const sum = (of: readonly { counters: { in: number } }[]): number => of.reduce((all, { counters }) => all + counters.in, 0);
  return { bySpaces: sum(snapshot.spaces), byAddresses: sum(snapshot.addresses) };
}

test('addresses beyond the limit are told together, and sums are right', async () => {
  const broker = brokerWith();
  const space = broker.space('default');
  for (let at = 0; at < 5; at++) received(space, `a${at}`, 10 ** at);
  const snapshot = await new Survey({ spacesMax: 10, addressesMax: 2 }, NO_LINKS).take(broker.spaces.values());
  assert.deepEqual(
    snapshot.addresses.map(({ address, counters }) => [address, counters.in]),
    [
      ['a0', 1],
      ['a1', 10],
      [OTHERS, 11_100],
    ],
  );
  assert.deepEqual(sumOf(snapshot), { bySpaces: 11_111, byAddresses: 11_111 });
});

test('an address whose producers get no credit is blocked, and one without any is not', async () => {
  const space = brokerWith().space('default');
  space.attachProducer('calls', 'anycast', PRODUCER);
  space.attachConsumer('news', 'multicast', {} as ConsumerPort, {});
  const { addresses } = await new Survey({ spacesMax: 1, addressesMax: 2 }, NO_LINKS).take([space]);
  assert.deepEqual(
    addresses.slice(0, 2).map(({ address, blocked = false }) => [address, blocked]),
    [
      ['calls', true],
      ['news', false],
    ],
  );
});

test('an address keeps its series, and its place is another one’s when it ends; no counter goes down', async () => {
  const broker = brokerWith();
  const space = broker.space('default');
  const survey = new Survey({ spacesMax: 10, addressesMax: 1 }, NO_LINKS);
  const end = received(space, 'a', 1);
  received(space, 'b', 10);
  assert.equal(inOf(await survey.take(broker.spaces.values()), 'a'), 1);
  end();
  const after = await survey.take(broker.spaces.values());
  assert.equal(inOf(after, 'a'), undefined);
  assert.equal(inOf(after, 'b'), 10);
  // What `a` had counted stays in its space, and is no sudden growth of the others.
  assert.equal(inOf(after, OTHERS), 0);
  assert.equal(after.spaces[0]!.counters.in, 11);
});

test('a space that has many addresses leaves series to those that have few', async () => {
  const broker = brokerWith('small');
  for (let at = 0; at < 20; at++) received(broker.space('default'), `a${at}`, 1);
  received(broker.space('small'), 'b', 5);
  const snapshot = await new Survey({ spacesMax: 10, addressesMax: 10 }, NO_LINKS).take(broker.spaces.values());
  assert.equal(inOf(snapshot, 'b'), 5);
  assert.equal(inOf(snapshot, OTHERS), 15);
});

test('spaces beyond the limit are told together, also when one of them ends', async () => {
  const broker = brokerWith('b', 'c', 'd');
  for (const [at, space] of [...broker.spaces.values()].entries()) received(space, 'x', 10 ** at);
  const survey = new Survey({ spacesMax: 2, addressesMax: 100 }, NO_LINKS);
  const spaces = async (): Promise<unknown> =>
    (await survey.take(broker.spaces.values())).spaces.map(({ space, counters }) => [space, counters.in]);
  assert.deepEqual(await spaces(), [
    ['default', 1],
    ['b', 10],
    [OTHERS, 1100],
  ]);
  broker.endSpace('d');
  assert.deepEqual(await spaces(), [
    ['default', 1],
    ['b', 10],
    [OTHERS, 1100],
  ]);
  broker.endSpace('b');
  broker.createSpace('e', { autoCreate: true });
  assert.deepEqual(await spaces(), [
    ['default', 1],
    ['e', 0],
    [OTHERS, 1100],
  ]);
});
