import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Refusal } from '../../src/delivery/refusal.ts';
import { Allowance } from '../../src/limits/allowance.ts';
import type { Reading } from '../../src/limits/turn-share.ts';
import { ManualTurn } from '../support/manual-turn.ts';
import { RunningBroker } from '../support/running-broker.ts';

describe('what an address space stores', () => {
  test('is counted over all of its addresses, and over a restart', () => {
    const running = new RunningBroker();
    running.declare('a', { type: 'queue' });
    running.declare('b', { type: 'stream' });
    const [a, b] = [running.producer('a'), running.producer('b')];
    a.send('one', { durable: true });
    b.send('two', { durable: true });
    assert.equal(running.space.limits.account.messages, 2);
    const bytes = running.space.limits.account.bytes;
    assert.ok(bytes > 0);
    const again = running.restart();
    assert.equal(again.space.limits.account.messages, 2);
    assert.equal(again.space.limits.account.bytes, bytes);
    again.space.remove('b', { force: true }, () => {});
    again.space.remove('a', { force: true }, () => {});
    assert.equal(again.space.limits.account.messages, 0);
    assert.equal(again.space.limits.account.bytes, 0);
  });

  test('is refused beyond its limit, in words that name the space, and taken again once there is room', () => {
    const running = new RunningBroker();
    running.declare('a', { type: 'queue' });
    const producer = running.producer('a');
    running.space.limits.change({ messagesMax: 2 });
    for (let at = 0; at < 3; at++) producer.send(`${at}`, { durable: true });
    running.turn.runAll();
    running.log.makeDurable();
    running.turn.runAll();
    const kinds = [0, 1, 2].map(token => producer.outcomes.get(token)?.kind);
    assert.deepEqual(kinds, ['accepted', 'accepted', 'rejected']);
    const { refusal } = producer.outcomes.get(2) as { refusal?: Refusal };
    assert.match(refusal!.description, /its address space holds as much as it may, 2 messages \(messagesMax\)/);
    assert.equal(producer.credit, 0);
    running.space.limits.change({ messagesMax: 100 });
    running.turn.runAll();
    assert.ok(producer.credit > 0);
  });
});

describe('an allowance', () => {
  test('refuses the connection that is beyond it, and takes the next one when another has gone', () => {
    const allowance = new Allowance('The address space a', new ManualTurn());
    allowance.change({ connectionsMax: 1 });
    allowance.add('connections', 1);
    assert.equal(allowance.refuse('connections'), undefined);
    allowance.add('connections', 1);
    assert.equal(
      allowance.refuse('connections')?.description,
      'The address space a has 1 connections, as many as it may have (connectionsMax): end some first.',
    );
    allowance.add('connections', -1);
    allowance.add('connections', -1);
    allowance.add('connections', 1);
    assert.equal(allowance.refuse('connections'), undefined);
  });

  test('lets readers rest until a debt is paid off, one after the other', () => {
    const turn = new ManualTurn();
    const allowance = new Allowance('The user ada', turn);
    allowance.change({ messagesPerSecondMax: 100 });
    const order: string[] = [];
    const reader = (name: string): Reading => ({
      readOn: () => {
        order.push(name);
        allowance.charge(1, 100);
      },
    });
    allowance.charge(11, 1100);
    assert.equal(allowance.rests(reader('one')), true);
    assert.equal(allowance.rests(reader('other')), true);
    turn.advance(10);
    assert.deepEqual(order, ['one']);
    turn.advance(10);
    assert.deepEqual(order, ['one', 'other']);
    assert.equal(allowance.rests(reader('third')), true);
  });
});
