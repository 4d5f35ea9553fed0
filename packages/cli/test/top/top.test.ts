import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCommand, startTestServer } from '@angarium/testkit';
import { type ActivityDocument, ActivityTable } from '../../src/top/activity-table.ts';
import { fittedTable, short } from '../../src/top/fitted-table.ts';
import { pressed } from '../../src/top/keys.ts';
import { Screen } from '../../src/top/screen.ts';
import { type Choice, chosen, topScreen } from '../../src/top/top-view.ts';

const COLUMNS = [
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
const BEGINNING: Choice = { view: 'addresses', sort: 0, filter: '', typing: false, skip: 0 };

/** Each row: name, messages in, attention. */
function word(
  atMs: number,
  rows: readonly (readonly [string, number, string | null])[],
  more: Partial<ActivityDocument> = {},
): ActivityDocument {
  const cells = rows.map(([name, came, attention]) => [name, 'queue', came, 0, 0, 0, 0, 0, 0, 0, 0, attention]);
  return { atMs, whole: true, totals: { in: 0, out: 0 }, rows: cells, attention: [], ...more };
}

describe('rates from counters', () => {
  test('are of the time between two words, and 0 for what has not changed since', () => {
    const table = new ActivityTable();
    table.take(
      word(
        10_000,
        [
          ['a', 100, null],
          ['b', 5, null],
        ],
        { columns: COLUMNS },
      ),
    );
    assert.deepEqual(
      table.lines().map(({ inPerSecond }) => inPerSecond),
      [0, 0],
    );
    table.take(word(12_000, [['a', 150, null]], { removed: ['b'] }));
    assert.deepEqual(
      table.lines().map(({ name, inPerSecond }) => [name, inPerSecond]),
      [['a', 25]],
    );
    table.take(word(14_000, []));
    assert.deepEqual(
      table.lines().map(({ inPerSecond }) => inPerSecond),
      [0],
    );
  });

  test('are 0 where a server was started anew and counts from the beginning', () => {
    const table = new ActivityTable();
    table.take(word(1_000, [['a', 100, null]], { columns: COLUMNS }));
    table.take(word(2_000, [['a', 3, null]], { columns: COLUMNS }));
    assert.equal(table.lines()[0]!.inPerSecond, 0);
  });
});

describe('the screen of top', () => {
  const rows = [
    { name: 'orders/with/a/long/name', count: 12, word: 'x' },
    { name: 'b', count: 123_456, word: 'y' },
  ];
  const columns = [
    { title: 'NAME', cell: (row: (typeof rows)[0]) => row.name, expendable: 0 },
    { title: 'COUNT', cell: (row: (typeof rows)[0]) => row.count, expendable: 1 },
    { title: 'WORD', cell: (row: (typeof rows)[0]) => row.word, expendable: 2 },
  ];

  for (const width of [1, 10, 20, 30, 60])
    test(`each line of a table fits a terminal of ${width} columns`, () => {
      const { title, lines } = fittedTable(columns, rows, width);
      for (const line of [title, ...lines]) assert.equal(line.length, width);
    });

  test('where there is no room for all columns, those that matter least are left out first', () => {
    assert.match(fittedTable(columns, rows, 60).title, /NAME.*COUNT.*WORD/);
    assert.match(fittedTable(columns, rows, 20).title, /^NAME +COUNT *$/);
    assert.match(fittedTable(columns, rows, 20).lines[0]!, /^orders\/with\/…\s+12/);
  });

  test('numbers are short', () => {
    assert.deepEqual([0, 3, 0.25, 1234, 12_345, 123_456, 12_345_678].map(short), ['0', '3', '0.3', '1,234', '12.3k', '123k', '12.3M']);
  });

  test('only lines that have changed are written again, and what was there before comes back once', () => {
    const written: string[] = [];
    const screen = new Screen({ columns: 10, rows: 3, write: text => written.push(text) }, false);
    screen.draw([{ text: 'one' }, { text: 'two' }]);
    screen.draw([{ text: 'one' }, { text: 'TWO' }]);
    assert.equal(written.at(-1), '\x1b[2;1HTWO       ');
    screen.draw([{ text: 'one' }, { text: 'TWO' }]);
    assert.equal(written.length, 3);
    screen[Symbol.dispose]();
    screen[Symbol.dispose]();
    screen.draw([{ text: 'late' }]);
    assert.equal(written.at(-1), '\x1b[?25h\x1b[?1049l');
    assert.equal(written.length, 4);
  });

  test('it says what needs attention, is as high as the terminal, and ends with its keys', () => {
    const table = new ActivityTable();
    const attention = [{ severity: 'danger', address: 'a', what: 'It is full.', do: 'Empty it.' }] as const;
    table.take(
      word(
        1_000,
        [
          ['a', 1, 'blocked'],
          ['b', 2, null],
        ],
        { columns: COLUMNS, attention },
      ),
    );
    const lines = topScreen(BEGINNING, { where: 'here', table, connections: [], trouble: undefined }, { width: 80, height: 12 });
    assert.equal(lines.length, 12);
    assert.deepEqual(lines[1], { text: '! It is full. Empty it.', style: 'danger' });
    assert.match(lines.at(-1)!.text, /^q quit {3}s sort: in\/s {3}c connections/);
    const lost = topScreen(BEGINNING, { where: 'here', table, connections: [], trouble: 'No server answers.' }, { width: 80, height: 12 });
    assert.equal(lost[1]!.text, 'No server answers.');
  });

  test('keys sort, turn to connections, filter as one types, and quit', () => {
    const typed = [...'/ord', '\x7f', '\r'].reduce<Choice>((choice, key) => pressed(key, choice) as Choice, BEGINNING);
    assert.deepEqual([typed.filter, typed.typing], ['or', false]);
    assert.equal((pressed('\x1b', { ...typed, typing: true }) as Choice).filter, '');
    assert.equal((pressed('s', BEGINNING) as Choice).sort, 1);
    assert.equal((pressed('c', BEGINNING) as Choice).view, 'connections');
    assert.equal((pressed('q', { ...BEGINNING, typing: true }) as Choice).filter, 'q');
    assert.equal(pressed('q', BEGINNING), 'quit');
    assert.equal(pressed('\x03', { ...BEGINNING, typing: true }), 'quit');
  });

  test('lines are sorted with the largest first, and filtered by any part of them', () => {
    const table = new ActivityTable();
    table.take(
      word(
        1_000,
        [
          ['quiet', 0, null],
          ['busy', 0, null],
          ['full', 0, 'blocked'],
        ],
        { columns: COLUMNS },
      ),
    );
    table.take(word(2_000, [['busy', 10, null]]));
    const names = (choice: Partial<Choice>) => chosen(table.lines(), { ...BEGINNING, ...choice }).map(({ name }) => name);
    assert.deepEqual(names({}), ['busy', 'full', 'quiet']);
    assert.deepEqual(names({ sort: 4 }), ['full', 'busy', 'quiet']);
    assert.deepEqual(names({ filter: 'BLOCK' }), ['full']);
  });
});

test('top prints addresses once where there is no terminal, and link list says who sends and receives, and how that goes', async () => {
  await using server = await startTestServer({ mqtt: 'off', addresses: [{ name: 'orders', type: 'queue' }] });
  const env = { ANGARIUM_URL: server.http };
  const receiving = runCommand(['receive', 'orders', '--count', '1'], { env });
  const consumers = () => server.broker.spaces.get('default')!.find('orders')!.status().consumers;
  while (consumers() === 0) await new Promise(resolve => setImmediate(resolve));
  const [once, links] = await Promise.all([
    runCommand(['top', '--json', '--once', '--interval', '1s'], { env }),
    runCommand(['link', 'list', '--address', 'orders'], { env }),
  ]);
  const { addresses } = JSON.parse(once.stdout) as { addresses: { name: string; consumers: number }[] };
  assert.deepEqual(
    addresses.map(({ name, consumers }) => [name, consumers]),
    [['orders', 1]],
    once.stderr,
  );
  assert.match(links.stdout, /^ADDRESS.*STATE.*WHY\norders +consumer .* idle +Nothing waits for it\.\n$/, links.stderr);
  await runCommand(['send', 'orders', 'x'], { env });
  assert.equal((await receiving).stdout, 'x\n');
});
