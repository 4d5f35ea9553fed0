import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CreditHolder, CreditShare, PRODUCER_CREDIT_MAX, REVOKE_DELAY_MS } from '../../src/delivery/credit-share.ts';
import type { ProducerPort } from '../../src/delivery/delivery.ts';
import { ManualTurn } from '../support/manual-turn.ts';

class Holder implements CreditHolder, ProducerPort {
  held = 0;
  lowMark = 0;
  listed = false;
  readonly inLine = 0;
  withoutCreditSinceMs = 0;
  flows = 0;
  /** What it was told last, less what it sent since. */
  credit = 0;
  readonly port = this;

  grant(credit: number): void {
    this.credit = credit;
    this.flows++;
  }

  settle(): void {}
  end(): void {}
}

/** A pool of room that producers use up. */
class Pool {
  readonly turn = new ManualTurn();
  readonly holders: Holder[] = [];
  readonly share: CreditShare;
  room: number;

  constructor(room: number) {
    this.room = room;
    this.share = new CreditShare(this.turn, { capacity: () => this.room });
  }

  join(): Holder {
    const holder = new Holder();
    this.holders.push(holder);
    this.share.add(holder);
    return holder;
  }

  leave(holder: Holder): void {
    this.holders.splice(this.holders.indexOf(holder), 1);
    this.share.remove(holder);
  }

  send(holder: Holder): void {
    assert.ok(holder.credit > 0);
    holder.credit--;
    this.room--;
    this.share.used(holder);
  }

  freed(messages: number): void {
    this.room += messages;
    this.share.changed();
  }

  get sum(): number {
    return this.holders.reduce((sum, { held }) => sum + held, 0);
  }
}

describe('credit share', () => {
  test('a single producer gets all there is, up to its most', () => {
    const few = new Pool(10);
    const holder = few.join();
    few.turn.runAll();
    assert.equal(holder.credit, 10);
    const many = new Pool(Number.POSITIVE_INFINITY);
    const other = many.join();
    many.turn.runAll();
    assert.equal(other.credit, PRODUCER_CREDIT_MAX);
  });

  test('credit is told once a turn, however much changes in it', () => {
    const pool = new Pool(100);
    const holder = pool.join();
    for (let i = 0; i < 10; i++) pool.freed(10);
    pool.turn.runAll();
    assert.deepEqual([holder.credit, holder.flows], [200, 1]);
  });

  test('producers that come together share alike', () => {
    const pool = new Pool(100);
    for (let i = 0; i < 4; i++) pool.join();
    pool.turn.runAll();
    assert.deepEqual(
      pool.holders.map(({ credit }) => credit),
      [25, 25, 25, 25],
    );
  });

  test('one that comes when all is held may send one, and more as the others send', () => {
    const pool = new Pool(100);
    const early = pool.join();
    pool.turn.runAll();
    const late = pool.join();
    pool.turn.runAll();
    assert.deepEqual([early.credit, late.credit], [100, 1]);
    for (let i = 0; i < 60; i++) pool.send(early);
    pool.freed(60);
    pool.turn.runAll();
    assert.ok(late.credit > 20, `${late.credit} credit for the late one`);
  });

  test('it is asked about again when half is used, not for each message', () => {
    const pool = new Pool(Number.POSITIVE_INFINITY);
    const holder = pool.join();
    pool.turn.runAll();
    for (let i = 0; i < 499; i++) {
      pool.send(holder);
      pool.turn.runAll();
    }
    assert.equal(holder.flows, 1);
    pool.send(holder);
    pool.turn.runAll();
    assert.deepEqual([holder.flows, holder.credit], [2, PRODUCER_CREDIT_MAX]);
  });

  test('no room, no credit; and when there is some, everybody has it', () => {
    const pool = new Pool(0);
    const holders = [pool.join(), pool.join(), pool.join()];
    pool.turn.runAll();
    assert.deepEqual(
      holders.map(({ credit, flows }) => credit + flows),
      [0, 0, 0],
    );
    pool.freed(1);
    pool.turn.runAll();
    assert.deepEqual(
      holders.map(({ credit }) => credit),
      [1, 1, 1],
    );
  });

  test('when room shrinks otherwise than by messages, what is held beyond it is taken back at once', () => {
    const pool = new Pool(100);
    const [one, other] = [pool.join(), pool.join()];
    pool.turn.runAll();
    pool.room = 10;
    pool.share.shrunk();
    assert.deepEqual([one.credit, other.credit], [5, 5]);
    pool.room = 0;
    pool.share.shrunk();
    assert.deepEqual([one.credit, other.credit], [0, 0]);
    pool.freed(100);
    pool.turn.runAll();
    assert.deepEqual([one.credit, other.credit], [50, 50]);
  });

  test('credit of an idle producer is taken back when others have used up the room for 100 ms', () => {
    const pool = new Pool(100);
    const idle = pool.join();
    const busy = pool.join();
    pool.turn.runAll();
    assert.equal(idle.credit, 50);
    while (busy.credit > 0) {
      pool.send(busy);
      pool.turn.runAll();
    }
    assert.equal(pool.room, 0);
    pool.turn.advance(REVOKE_DELAY_MS - 1);
    assert.equal(idle.credit, 50);
    pool.turn.advance(1);
    assert.equal(idle.credit, 0);
    assert.equal(pool.sum, 0);
    pool.freed(10);
    pool.turn.runAll();
    assert.ok(idle.credit >= 1 && busy.credit >= 1);
  });

  test('an idle producer does not keep for long more than there is room, though some is left', () => {
    const pool = new Pool(100);
    const idle = pool.join();
    const busy = pool.join();
    pool.turn.runAll();
    while (pool.room > 10) {
      assert.ok(busy.credit > 0, 'an idle producer does not starve a busy one');
      pool.send(busy);
      pool.turn.runAll();
    }
    pool.turn.advance(REVOKE_DELAY_MS);
    assert.ok(idle.credit <= 10, `${idle.credit} credit for 10 messages of room`);
    assert.ok(pool.sum <= pool.room + 2, `${pool.sum} credit for ${pool.room} messages of room`);
  });

  test('room that comes back within 100 ms leaves an idle producer its credit, and sends it nothing', () => {
    const pool = new Pool(100);
    const idle = pool.join();
    const busy = pool.join();
    pool.turn.runAll();
    for (let round = 0; round < 20; round++) {
      while (busy.credit > 0) {
        pool.send(busy);
        pool.turn.runAll();
      }
      pool.turn.advance(REVOKE_DELAY_MS - 50);
      pool.freed(100 - pool.room);
      pool.turn.runAll();
    }
    assert.deepEqual([idle.credit, idle.flows], [50, 1]);
  });

  test('what a producer that leaves held goes to the others', () => {
    const pool = new Pool(100);
    const first = pool.join();
    pool.turn.runAll();
    const second = pool.join();
    pool.turn.runAll();
    pool.leave(first);
    pool.turn.runAll();
    assert.equal(second.credit, 100);
  });

  test('producers that come and go while there is no room leave nothing behind', () => {
    const pool = new Pool(0);
    pool.join();
    for (let i = 0; i < 10_000; i++) {
      pool.leave(pool.join());
      if (i % 100 === 0) pool.turn.runAll();
    }
    assert.ok(pool.share.waiting <= 1000, `${pool.share.waiting} wait of ${pool.share.size}`);
  });

  test('after the address has ended nobody is told anything', () => {
    const pool = new Pool(10);
    const holder = pool.join();
    pool.share.close();
    pool.freed(10);
    pool.turn.runAll();
    pool.turn.advance(REVOKE_DELAY_MS);
    assert.equal(holder.flows, 0);
  });

  test('20 000 producers are served in time that grows with their number, not with its square', () => {
    const perHolder = (count: number) => {
      const pool = new Pool(count * 10);
      const start = performance.now();
      for (let i = 0; i < count; i++) pool.join();
      pool.turn.runAll();
      for (let round = 0; round < 3; round++) {
        for (const holder of pool.holders) while (holder.credit > 0) pool.send(holder);
        pool.turn.runAll();
        pool.freed(count * 10 - pool.room);
        pool.turn.runAll();
      }
      assert.ok(pool.holders.every(({ credit }) => credit > 0));
      return (performance.now() - start) / count;
    };
    const best = (count: number) => Math.min(perHolder(count), perHolder(count), perHolder(count));
    const [few, many] = [best(2000), best(20_000)];
    // A square would make this ten.
    assert.ok(many < 6 * few + 0.01, `${many} ms each of 20 000, ${few} ms each of 2000`);
  });

  test('whatever happens, credit that is given never makes the sum exceed the room, but for one each; and nobody waits for ever', () => {
    const operation = fc.oneof(
      { weight: 1, arbitrary: fc.constant('join' as const) },
      { weight: 1, arbitrary: fc.record({ leave: fc.nat() }) },
      { weight: 6, arbitrary: fc.record({ send: fc.nat(), count: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 3, arbitrary: fc.record({ freed: fc.integer({ min: 1, max: 100 }) }) },
      { weight: 1, arbitrary: fc.record({ shrunkTo: fc.nat(50) }) },
      { weight: 3, arbitrary: fc.constant('turn' as const) },
      { weight: 1, arbitrary: fc.constant('wait' as const) },
    );
    fc.assert(
      fc.property(fc.nat(200), fc.array(operation, { maxLength: 60 }), (room, operations) => {
        const pool = new Pool(room);
        const pick = (at: number) => pool.holders[at % pool.holders.length];
        for (const each of operations) {
          const before = pool.sum;
          if (each === 'join') pool.join();
          else if (each === 'turn') pool.turn.runAll();
          else if (each === 'wait') {
            pool.turn.runAll();
            pool.turn.advance(REVOKE_DELAY_MS);
            const most = pool.room > 0 ? pool.room + pool.holders.length : 0;
            assert.ok(pool.sum <= most, `${pool.sum} held at rest for room of ${pool.room}`);
            if (pool.room > 0) for (const holder of pool.holders) assert.ok(holder.credit > 0, 'everybody may send');
          } else if ('leave' in each) {
            const holder = pick(each.leave);
            if (holder) pool.leave(holder);
          } else if ('send' in each) {
            const holder = pick(each.send);
            for (let i = 0; holder && i < each.count && holder.credit > 0; i++) pool.send(holder);
          } else if ('freed' in each) pool.freed(each.freed);
          else {
            if (each.shrunkTo >= pool.room) continue;
            pool.room = each.shrunkTo;
            pool.share.shrunk();
            assert.ok(pool.sum <= Math.max(pool.room, pool.room > 0 ? pool.holders.length : 0));
          }
          for (const holder of pool.holders) assert.equal(holder.held, holder.credit, 'what is counted is what was told');
          const most = Math.max(before, pool.room) + (pool.room > 0 ? pool.holders.length : 0);
          assert.ok(pool.sum <= most, `${pool.sum} held, ${before} before, for room of ${pool.room}`);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
