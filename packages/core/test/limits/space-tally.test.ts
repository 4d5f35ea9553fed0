import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverPrincipal } from '../../src/access/principal.ts';
import { Visit } from '../../src/access/visit.ts';
import { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker } from '../support/running-broker.ts';

test('what an address has counted is still counted when it has ended', () => {
  const running = new RunningBroker();
  running.declare('a', { type: 'queue' });
  running.producer('a').send('one');
  running.space.remove('a', { force: true }, () => {});
  assert.equal(running.space.limits.tally.ended?.in, 1);
});

test('refusals are counted by code: of links, and of messages', () => {
  const running = new RunningBroker();
  running.declare('a', { type: 'queue', messagesMax: 1, overflow: 'reject' });
  const visit = new Visit(running.space, serverPrincipal('default'));
  visit.attachProducer('a', 'topic', new RecordingProducer());
  const producer = running.producer('a');
  for (let at = 0; at < 3; at++) producer.send(`${at}`);
  assert.deepEqual(
    [...running.space.limits.tally.refusals],
    [
      ['address-type-mismatch', 1],
      ['queue-full', 2],
    ],
  );
});
