import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScanError } from '../src/field-reader.ts';
import { OutgoingLink } from '../src/outgoing-link.ts';

function linkAt(nextDeliveryId: number): OutgoingLink {
  const link = new OutgoingLink('a', 'n', 4);
  link.nextDeliveryId = nextDeliveryId;
  return link;
}

function send(link: OutgoingLink, count: number): void {
  assert.equal(link.freePlaces(count), count);
  link.markSent(count, 1);
  link.nextDeliveryId = (link.nextDeliveryId + count) >>> 0;
}

test('[AMQP-2.7.6] a range that holds settled deliveries settles only the others', () => {
  const link = linkAt(0);
  send(link, 4);
  assert.equal(link.settle(1, 2, undefined), 2);
  assert.equal(link.settle(0, 3, undefined), 2);
  assert.equal(link.settle(0, 3, undefined), 0);
  assert.equal(link.unsettled, 0);
});

test('delivery numbers wrap, as RFC 1982 has it', () => {
  const link = linkAt(0xfffffffe);
  send(link, 4);
  assert.equal(link.nextDeliveryId, 2);
  assert.equal(link.settle(0xffffffff, 0, undefined), 2);
  assert.equal(link.settle(0xfffffffe, 1, undefined), 2);
});

test('a delivery that stays unsettled holds its place', () => {
  const link = linkAt(0);
  send(link, 1);
  send(link, 15);
  assert.equal(link.settle(1, 15, undefined), 15);
  assert.equal(link.freePlaces(4), 0);
  assert.equal(link.settle(0, 0, undefined), 1);
  assert.equal(link.freePlaces(4), 4);
});

test('settling what was never sent is no AMQP', () => {
  const link = linkAt(10);
  send(link, 2);
  assert.throws(() => link.settle(10, 12, undefined), ScanError);
  assert.throws(() => link.settle(11, 10, undefined), ScanError);
});
