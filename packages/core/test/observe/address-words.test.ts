import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressWords } from '../../src/observe/address-words.ts';
import { RunningBroker } from '../support/running-broker.ts';

test('sessions of MQTT clients count as consumers of the topic while their clients are there, and as subscriptions always', () => {
  const running = new RunningBroker();
  running.declare('plant', { type: 'topic' });
  running.consumer('plant/+');
  const words = (): string => addressWords(running.space, running.space.find('plant')!);
  assert.equal(words(), 'plant is of type topic: 0 producers, 1 consumer, 1 subscription, 0 messages stored, 0 unsettled');
  const inbox = running.space.inboxes.create('i', { kept: true, prefersLive: true, details: {} });
  for (const pattern of ['plant/#', 'plant/7/temp', 'other/#', '+/temp'])
    inbox.subscribe(pattern, { stored: true, noLocal: false, details: {} });
  assert.match(words(), /: 0 producers, 1 consumer, 3 subscriptions \(2 of MQTT sessions\), /);
  inbox.live = { deliverLive: () => true };
  assert.match(words(), /: 0 producers, 3 consumers, 3 subscriptions /);
});
