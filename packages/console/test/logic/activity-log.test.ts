import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ActivityLog } from '../../src/logic/activity-log.ts';
import { busiest } from '../../src/logic/busiest.ts';
import { ANY_ATTENTION, filterAddresses } from '../../src/logic/filter-addresses.ts';
import { perSecond, SAMPLES } from '../../src/logic/rate-history.ts';

const columns = [
  'name',
  'type',
  'in',
  'out',
  'settled',
  'dropped',
  'stored',
  'unsettled',
  'scheduled',
  'consumers',
  'producers',
  'attention',
];
type Row = readonly [name: string, received: number, sent: number, stored?: number, attention?: string];
const rowsOf = (rows: readonly Row[]) =>
  rows.map(([name, received, sent, stored = 0, attention = null]) => [name, 'queue', received, sent, 0, 0, stored, 0, 0, 1, 1, attention]);
const event = (atMs: number, rows: readonly Row[], total = 0) => ({
  atMs,
  whole: true,
  totals: { in: total, out: 0, stored: 0, bytes: 0, connections: 0, addresses: 0, dropped: 0, deadLettered: 0, expired: 0 },
  rows: rowsOf(rows),
  leftOut: 0,
  attention: [],
});

function begun(rows: readonly Row[], total = 0): ActivityLog {
  const log = new ActivityLog();
  log.snapshot({ ...event(10_000, rows, total), columns });
  return log;
}

const rates = (log: ActivityLog, name: string) => [log.rows.get(name)?.rateIn?.latest ?? 0, log.rows.get(name)?.rateOut?.latest ?? 0];

describe('rates from counters', () => {
  test('a first look has counters and no rates: what was before it is not known', () => {
    const log = begun([['orders', 5000, 4000]], 5000);
    assert.deepEqual([rates(log, 'orders'), log.totalIn.latest], [[0, 0], 0]);
    assert.equal(log.rows.get('orders')?.activity.in, 5000);
  });

  test('what a counter grew by is a rate, and what is not told of stands still', () => {
    const log = begun(
      [
        ['orders', 100, 0],
        ['idle', 7, 7],
      ],
      107,
    );
    log.change({ ...event(12_000, [['orders', 140, 10]], 147), removed: [] });
    assert.deepEqual([rates(log, 'orders'), rates(log, 'idle'), log.totalIn.latest], [[20, 5], [0, 0], 20]);
    log.change({ ...event(14_000, [], 147), removed: [] });
    assert.deepEqual(rates(log, 'orders'), [0, 0]);
    assert.equal(log.rows.get('orders')?.rateIn?.samples.at(-2), 20, 'and the line goes on');
    assert.equal(log.rows.get('idle')?.rateIn, undefined, 'an idle address has no history to keep');
  });

  test('a line that has come to rest is flat after its last sample has gone', () => {
    const log = begun([['orders', 0, 0]]);
    log.change({ ...event(12_000, [['orders', 2, 0]]), removed: [] });
    for (let at = 1; at <= SAMPLES; at++) log.change({ ...event(12_000 + at * 2000, []), removed: [] });
    assert.equal(log.rows.get('orders')?.rateIn?.idle, true);
  });

  test('a server that was started again counts anew: that is no negative rate', () => {
    const log = begun([['orders', 1000, 1000]]);
    log.snapshot({ ...event(12_000, [['orders', 30, 0]]), columns });
    assert.deepEqual(rates(log, 'orders'), [15, 0]);
  });

  test('after a long silence the difference is no rate', () => {
    const log = begun([['orders', 0, 0]]);
    log.snapshot({ ...event(10_000 + 3_600_000, [['orders', 360_000, 0]]), columns });
    assert.deepEqual(rates(log, 'orders'), [0, 0]);
  });

  test('addresses that are gone are gone, whether they are named or left out of a snapshot', () => {
    const log = begun([
      ['a', 0, 0],
      ['b', 0, 0],
      ['c', 0, 0],
    ]);
    log.change({ ...event(12_000, []), removed: ['a'] });
    assert.deepEqual([...log.rows.keys()], ['b', 'c']);
    log.snapshot({ ...event(14_000, [['c', 0, 0]]), columns });
    assert.deepEqual([...log.rows.keys()], ['c']);
  });

  test('no time is no rate', () => assert.equal(perSecond(0, 10, 0), 0));
});

describe('lists of addresses', () => {
  test('the busiest stand first, then those that store most, then by name', () => {
    const log = begun([
      ['a', 0, 0, 5],
      ['b', 0, 0, 9],
      ['slow', 0, 0],
      ['fast', 0, 0],
      ['c', 0, 0, 5],
    ]);
    log.change({
      ...event(12_000, [
        ['slow', 2, 0],
        ['fast', 200, 0],
      ]),
      removed: [],
    });
    assert.deepEqual(
      busiest(log.rows.values(), 4).map(row => row.activity.name),
      ['fast', 'slow', 'b', 'a'],
    );
    assert.equal(busiest(log.rows.values(), 100).length, 5);
  });

  test('filters: a part of the name in any case, the type, what is the matter', () => {
    const rows = [
      ...begun([
        ['Orders/eu', 0, 0],
        ['returns', 0, 0, 3, 'no-consumer'],
        ['orders/us', 0, 0, 0, 'stuck'],
      ]).rows.values(),
    ];
    const found = (filter: { name?: string; type?: string; state?: string }) =>
      filterAddresses(rows, { name: '', type: '', state: '', ...filter }).map(row => row.activity.name);
    assert.deepEqual(found({ name: 'orders' }), ['Orders/eu', 'orders/us']);
    assert.deepEqual(found({ type: 'topic' }), []);
    assert.deepEqual(found({ state: ANY_ATTENTION }), ['returns', 'orders/us']);
    assert.deepEqual(found({ state: 'stuck', name: 'ORD' }), ['orders/us']);
  });
});
