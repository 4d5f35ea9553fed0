import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Address, AddressSpec } from '../../src/address/address.ts';
import type { PlanSpec } from '../../src/address/address-plans.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { RunningBroker } from '../support/running-broker.ts';

/** What the operation answered, with everything on disk. */
function answerOf<Result>(running: RunningBroker, ask: (done: (result: Result) => void) => void): Result {
  const answers: Result[] = [];
  ask(result => answers.push(result));
  running.run();
  running.log.makeDurable();
  running.run();
  assert.equal(answers.length, 1, 'it answers once');
  return answers[0]!;
}

function update(running: RunningBroker, name: string, spec: AddressSpec): Address | Refusal {
  return answerOf<Address | Refusal>(running, done => running.space.update(name, spec, done));
}

function putPlan(running: RunningBroker, name: string, spec: PlanSpec): unknown {
  return answerOf<unknown>(running, done => running.space.plans.put(name, spec, done));
}

function removePlan(running: RunningBroker, name: string): Refusal | undefined {
  return answerOf<Refusal | undefined>(running, done => running.space.plans.remove(name, done));
}

function assertRefused(result: unknown, code: string, words: RegExp): void {
  assert.ok(result instanceof Refusal, JSON.stringify(result));
  assert.equal(result.code, code);
  assert.match(result.description, words);
}

describe('an address that is updated', () => {
  test('has its new limits at once, with the links and messages that it had, and after a restart', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', messagesMax: 2 });
    const producer = running.producer('q');
    producer.sendAll(['a', 'b'], { durable: true });
    running.run();
    assert.equal(producer.credit, 0);
    assert.ok(!(update(running, 'q', { type: 'queue', messagesMax: 5 }) instanceof Refusal));
    assert.equal(producer.credit, 3);
    assert.equal(running.status('q').stored, 2);
    const again = running.restart();
    assert.deepEqual(again.address('q').spec, { type: 'queue', messagesMax: 5 });
    assert.equal(again.status('q').stored, 2);
  });

  test('takes credit back that its new limits have no room for', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', messagesMax: 100 });
    const producer = running.producer('q');
    assert.equal(producer.credit, 100);
    update(running, 'q', { type: 'queue', messagesMax: 10 });
    assert.equal(producer.credit, 10);
  });

  test('answers when the definition is on disk, and is lost with it otherwise', () => {
    const running = new RunningBroker({ durability: 'by-hand' });
    running.declare('q', { type: 'queue' });
    const answers: unknown[] = [];
    running.space.update('q', { type: 'queue', messagesMax: 1 }, result => answers.push(result));
    running.run();
    assert.equal(answers.length, 0);
    assert.deepEqual(running.crash().address('q').spec, { type: 'queue' });
    running.log.makeDurable();
    assert.equal(answers.length, 1);
    assert.deepEqual(running.crash().address('q').spec, { type: 'queue', messagesMax: 1 });
  });

  test('keeps its type, and what cannot be is refused with nothing changed', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    assertRefused(update(running, 'q', { type: 'topic' }), 'address-type-mismatch', /of type queue, which cannot change/);
    assertRefused(update(running, 'q', { type: 'queue', overflow: 'reject' }), 'address-spec-invalid', /never full/);
    assertRefused(update(running, 'none', { type: 'queue' }), 'address-not-found', /none/);
    const dynamic = running.space.createDynamic('queue', 'link-closed');
    assert.ok(!(dynamic instanceof Refusal));
    assertRefused(update(running, dynamic.name, { type: 'queue' }), 'capability-unsupported', /made for one client/);
    assert.deepEqual(running.address('q').spec, { type: 'queue' });
  });

  test('stays when it came by attaching, and would have gone with its links', () => {
    const running = new RunningBroker();
    const producer = running.producer('here', 'anycast');
    update(running, 'here', { type: 'anycast', messageSizeBytesMax: 10 });
    producer.link.detach();
    running.run();
    assert.equal(running.restart().address('here').spec.messageSizeBytesMax, 10);
  });

  test('is what is declared from then on', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    update(running, 'q', { type: 'queue', redelivery: { delayMs: 5, attemptsMax: 2 } });
    running.declare('q', { type: 'queue', redelivery: { attemptsMax: 2, delayMs: 5 } });
  });
});

describe('aliases', () => {
  test('lead to the address, for producers and consumers, after a restart too', () => {
    const running = new RunningBroker({ autoCreate: false });
    running.declare('orders', { type: 'queue', aliases: ['old/orders', 'bestellungen'] });
    running.producer('old/orders').sendAll(['a'], { durable: true });
    running.run();
    const again = running.restart();
    const consumer = again.consumer('bestellungen');
    consumer.grant(1);
    again.run();
    assert.deepEqual(consumer.texts, ['a']);
    assert.equal(again.space.find('old/orders'), again.address('orders'));
    assert.equal(again.space.typeOf('old/orders'), 'queue');
    assert.deepEqual([...again.space.addresses.keys()], ['orders']);
  });

  test('of a topic lead to the names below it', () => {
    const running = new RunningBroker({ autoCreate: false });
    running.declare('news', { type: 'topic', aliases: ['nachrichten'] });
    assert.equal(running.space.addressOfTopic('nachrichten/sport'), running.address('news'));
  });

  test('are refused where another address has the name, and the other way round', () => {
    const running = new RunningBroker();
    running.declare('a', { type: 'queue', aliases: ['x'] });
    running.declare('b', { type: 'queue' });
    const declare = (name: string, aliases: string[]): unknown =>
      answerOf<unknown>(running, done => running.space.declare(name, { type: 'queue', aliases }, done));
    assertRefused(declare('c', ['x']), 'address-exists', /x is taken by the address a/);
    assertRefused(declare('c', ['b']), 'address-exists', /b is taken by the address b/);
    assertRefused(declare('x', []), 'address-exists', /x is an alias of the address a/);
    assertRefused(update(running, 'b', { type: 'queue', aliases: ['x'] }), 'address-exists', /taken by the address a/);
    assert.ok(!(update(running, 'a', { type: 'queue', aliases: ['x', 'y'] }) instanceof Refusal), 'its own ones are no collision');
    update(running, 'a', { type: 'queue', aliases: ['y'] });
    assert.ok(!(declare('c', ['x']) instanceof Refusal), 'a name that was given up is free');
    answerOf<unknown>(running, done => running.space.remove('c', { force: true }, done));
    assert.equal(running.space.find('x'), undefined, 'aliases end with the address');
  });
});

describe('address plans', () => {
  test('give what an address does not say itself, as far as its type takes it', () => {
    const running = new RunningBroker();
    putPlan(running, 'small', { messagesMax: 10, lastValueKey: 'key', redelivery: { attemptsMax: 3, delayMs: 5 } });
    running.declare('q', { type: 'queue', plan: 'small', redelivery: { attemptsMax: 1 } });
    running.declare('t', { type: 'topic', plan: 'small' });
    running.declare('d', { type: 'anycast', plan: 'small' });
    const check = (broker: RunningBroker): void => {
      assert.deepEqual(broker.address('q').spec, {
        messagesMax: 10,
        lastValueKey: 'key',
        type: 'queue',
        plan: 'small',
        redelivery: { attemptsMax: 1 },
      });
      assert.deepEqual(broker.space.declaredSpec(broker.address('q')), { type: 'queue', plan: 'small', redelivery: { attemptsMax: 1 } });
      assert.deepEqual(broker.address('t').spec, {
        messagesMax: 10,
        redelivery: { attemptsMax: 3, delayMs: 5 },
        type: 'topic',
        plan: 'small',
      });
      assert.deepEqual(broker.address('d').spec, { type: 'anycast', plan: 'small' });
    };
    check(running);
    check(running.restart());
  });

  test('reach the addresses that use them when they change', () => {
    const running = new RunningBroker();
    putPlan(running, 'small', { messagesMax: 2 });
    running.declare('q', { type: 'queue', plan: 'small' });
    const producer = running.producer('q');
    assert.equal(producer.credit, 2);
    putPlan(running, 'small', { messagesMax: 7 });
    producer.sendAll(['a', 'b']);
    running.run();
    assert.equal(producer.credit, 5);
    assert.equal(running.restart().address('q').spec.messagesMax, 7);
  });

  test('are refused when an address that uses them could not be like that, with nothing changed', () => {
    const running = new RunningBroker();
    putPlan(running, 'p', { messagesMax: 2 });
    running.declare('q', { type: 'queue', plan: 'p', ttlDefaultMs: 100 });
    assertRefused(putPlan(running, 'p', { ttlMaxMs: 50 }), 'address-spec-invalid', /The address q cannot be like this: ttlDefaultMs/);
    assert.equal(running.address('q').spec.messagesMax, 2);
    assert.deepEqual(running.space.plans.all.get('p')?.spec, { messagesMax: 2 });
    assertRefused(putPlan(running, 'p', { aliases: ['x'] } as PlanSpec), 'address-spec-invalid', /cannot say aliases/);
    assertRefused(putPlan(running, 'p#', {}), 'address-name-invalid', /plan name .* wildcard/);
  });

  test('are needed by those who name them, and deleted when nobody does', () => {
    const running = new RunningBroker();
    const declared = answerOf<unknown>(running, done => running.space.declare('q', { type: 'queue', plan: 'gold' }, done));
    assertRefused(declared, 'plan-not-found', /no address plan gold .* create it first/);
    assert.equal(running.space.addresses.size, 0);
    putPlan(running, 'gold', {});
    running.declare('q', { type: 'queue', plan: 'gold' });
    assertRefused(removePlan(running, 'gold'), 'plan-in-use', /used by the address q/);
    update(running, 'q', { type: 'queue' });
    assert.equal(removePlan(running, 'gold'), undefined);
    assertRefused(removePlan(running, 'gold'), 'plan-not-found', /gold/);
    assert.equal(running.restart().space.plans.all.size, 0);
  });
});
