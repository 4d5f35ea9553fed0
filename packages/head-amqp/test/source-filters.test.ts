import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AmqpMap,
  type AmqpValue,
  Described,
  fromPlain,
  type MessageProperties,
  symbol,
  Typed,
  timestamp,
  uint,
  ulong,
} from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea from 'rhea';
import { AMQP_CONTENT } from '../src/amqp-content.ts';
import { FilterError } from '../src/property-filter.ts';
import { type SourceFilters, sourceFilters } from '../src/source-filters.ts';
import { ACCEPTED, encoded, text, textOf } from './support/messages.ts';
import { type RawReceiver, RawSession } from './support/raw-session.ts';
import { messages, RheaClient, send as sendFromRhea } from './support/rhea-client.ts';

const SELECTOR = 'apache.org:selector-filter:string';
const NO_LOCAL = 'apache.org:no-local-filter:list';
const PROPERTIES = 'amqp:properties-filter';
const APPLICATION_PROPERTIES = 'amqp:application-properties-filter';

function filterSet(...filters: readonly (readonly [descriptor: string | bigint, value: AmqpValue])[]): AmqpMap {
  return new AmqpMap(
    filters.map(([descriptor, value], index) => [
      symbol(`filter-${index}`),
      new Described(typeof descriptor === 'bigint' ? ulong(descriptor) : symbol(descriptor), value),
    ]),
  );
}

function symbols(fields: Readonly<Record<string, AmqpValue>>): AmqpMap {
  return new AmqpMap(Object.entries(fields).map(([name, value]) => [symbol(name), value]));
}

function filtersOf(set: AmqpMap): SourceFilters {
  const filters = sourceFilters(set);
  if (filters instanceof FilterError) throw filters;
  return filters;
}

function errorOf(set: AmqpMap): string {
  const filters = sourceFilters(set);
  assert.ok(filters instanceof FilterError);
  return filters.message;
}

const UUID = new Typed(
  'uuid',
  Uint8Array.from({ length: 16 }, (_, index) => index),
);
const MESSAGE: MessageProperties = {
  messageId: UUID,
  userId: new TextEncoder().encode('ann'),
  subject: 'order.created',
  correlationId: Uint8Array.of(1, 2),
  contentType: 'text/plain',
  creationTime: 1000,
  groupSequence: 7,
};
const APPLICATION = { color: "it's 100%_", weight: 5, real: 0.5, yes: true, '&odd': '&x' };

function passes(set: AmqpMap): boolean {
  const bytes = encoded({ properties: MESSAGE, applicationProperties: fromPlain(APPLICATION) as AmqpMap, body: { kind: 'none' } });
  const { filter } = filtersOf(set);
  const message = { encoding: 0, bytes, start: 0, end: bytes.length, headerSize: 0, topic: '', ttlMs: 0 } as Parameters<
    typeof AMQP_CONTENT.fields
  >[0];
  return filter === undefined || filter.matches(AMQP_CONTENT.fields(message));
}

describe('filters of a source', () => {
  const ROWS: readonly [what: string, set: AmqpMap, passes: boolean][] = [
    ['a selector by its symbol', filterSet([SELECTOR, "JMSType = 'order.created'"]), true],
    ['a selector by its code', filterSet([0x0000_468c_0000_0004n, 'weight > 5']), false],
    ['a blank selector', filterSet([SELECTOR, ' ']), true],
    ['an SQL filter', filterSet(['amqp:sql-filter', "p.subject LIKE 'order.%' AND a.weight % 2 = 1"]), true],
    ['an SQL filter by its code', filterSet([0x120n, 'h.priority > 4']), false],
    ['no filter', new AmqpMap(), true],
    ['two filters of which one does not hold', filterSet([SELECTOR, 'weight = 5 OR TRUE'], [PROPERTIES, symbols({ subject: 'x' })]), false],
    ['[4.2.4] a property', filterSet([PROPERTIES, symbols({ subject: 'order.created' })]), true],
    [
      '[4.2.4] by its code, and two properties',
      filterSet([0x173n, symbols({ subject: 'order.created', 'group-sequence': uint(8) })]),
      false,
    ],
    ['[4.2.4] a property that the message lacks', filterSet([PROPERTIES, symbols({ to: 'x' })]), false],
    ['[4.1.1] null for a property', filterSet([PROPERTIES, symbols({ to: null })]), true],
    ['[4.2.4] an id that is a uuid', filterSet([PROPERTIES, symbols({ 'message-id': UUID })]), true],
    ['[4.2.4] an id that is binary', filterSet([PROPERTIES, symbols({ 'correlation-id': Uint8Array.of(1, 2) })]), true],
    ['[4.2.4] an id of another type', filterSet([PROPERTIES, symbols({ 'correlation-id': ulong(258) })]), false],
    ['[4.2.4] the user', filterSet([PROPERTIES, symbols({ 'user-id': new TextEncoder().encode('ann') })]), true],
    [
      '[4.2.4] a symbol and an instant',
      filterSet([PROPERTIES, symbols({ 'content-type': symbol('text/plain'), 'creation-time': timestamp(1000) })]),
      true,
    ],
    ['[4.1.1] a prefix', filterSet([PROPERTIES, symbols({ subject: '&p:order.' })]), true],
    ['[4.1.1] a suffix', filterSet([PROPERTIES, symbols({ subject: '&s:created' })]), true],
    ['[4.1.1] a suffix that does not match', filterSet([PROPERTIES, symbols({ subject: '&s:order.' })]), false],
    ['[4.2.5] application properties', filterSet([0x174n, fromPlain({ weight: 5, real: 0.5, yes: true })]), true],
    ['[4.2.5] with characters of patterns and quotes', filterSet([APPLICATION_PROPERTIES, fromPlain({ color: "&p:it's 100%_" })]), true],
    ['[4.2.5] that are not wildcards', filterSet([APPLICATION_PROPERTIES, fromPlain({ color: '&p:it_s' })]), false],
    ['[4.1.1] an ampersand that is one', filterSet([APPLICATION_PROPERTIES, fromPlain({ '&odd': '&&x' })]), true],
    ['[4.2.5] null for one that is there', filterSet([APPLICATION_PROPERTIES, fromPlain({ color: null })]), true],
    ['[4.2.5] null for one that is not there', filterSet([APPLICATION_PROPERTIES, fromPlain({ none: null })]), false],
  ];
  for (const [what, set, expected] of ROWS)
    test(`${what}: the message ${expected ? 'passes' : 'does not pass'}`, () => {
      assert.equal(passes(set), expected);
    });

  test('the text of each can be compiled again, so that a subscription keeps it', () => {
    for (const [, set] of ROWS) {
      const { filter } = filtersOf(set);
      if (filter) assert.equal(filtersOf(filterSet([SELECTOR, filter.text])).filter?.text, filter.text);
    }
  });

  test('mistakes are said in words', () => {
    assert.match(errorOf(filterSet([SELECTOR, 'weight >'])), /selector is not valid: .* not the end\. \(at character 9\)/);
    assert.match(errorOf(filterSet([SELECTOR, null])), /is a string/);
    assert.match(errorOf(filterSet([PROPERTIES, symbols({ colour: 'x' })])), /"colour", which is no field/);
    assert.match(errorOf(filterSet([PROPERTIES, symbols({ subject: '&x:a' })])), /no modifier/);
    assert.match(errorOf(filterSet([PROPERTIES, 'x'])), /map with at least one field/);
    assert.match(errorOf(filterSet([PROPERTIES, new AmqpMap()])), /map with at least one field/);
    assert.match(errorOf(filterSet([APPLICATION_PROPERTIES, symbols({ a: 'x' })])), /keys .* are strings/);
    assert.match(errorOf(filterSet([APPLICATION_PROPERTIES, fromPlain({ a: Number.NaN })])), /compares with strings/);
    assert.match(
      errorOf(filterSet([APPLICATION_PROPERTIES, fromPlain(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, i])))])),
      /at most 16 fields/,
    );
    assert.match(errorOf(filterSet(...Array.from({ length: 17 }, (): [string, AmqpValue] => [NO_LOCAL, []]))), /at most 16 filters/);
  });
});

describe('filters at the attach (part 3, section 3.5.3)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  async function send(session: RawSession, address: string, numbers: readonly number[]): Promise<void> {
    const sender = await session.sender(address);
    await sender.credit();
    for (const number of numbers)
      assert.deepEqual(await sender.outcomeOf(text(`${number}`, { applicationProperties: fromPlain({ number }) as AmqpMap })), ACCEPTED);
  }

  async function take(receiver: RawReceiver, count: number): Promise<string[]> {
    receiver.grant(count);
    const words: string[] = [];
    for (let left = count; left > 0; left--) {
      const delivery = await receiver.receive();
      receiver.settle(delivery, ACCEPTED);
      words.push(textOf(delivery.payload));
    }
    return words;
  }

  test('[3.5.3] filters in force come back, in the words of the receiver; those that nobody knows do not', async () => {
    await using session = await RawSession.open(server.amqp);
    const known = filterSet([SELECTOR, 'number > 2'], [NO_LOCAL, []]);
    const filter = new AmqpMap([...known.entries, [symbol('other'), new Described(symbol('x:unknown'), 'value')]]);
    for (const type of ['queue', 'topic'] as const) {
      const { answer } = await session.receiver({ address: `echo-${type}`, capabilities: [type], filter });
      assert.deepEqual(answer.source?.filter, known);
    }
  });

  test('a direct address has no filters', async () => {
    await using session = await RawSession.open(server.amqp);
    const { answer } = await session.receiver({
      address: 'direct',
      capabilities: ['anycast'],
      filter: filterSet([SELECTOR, 'number > 2']),
    });
    assert.equal(answer.source?.filter, undefined);
  });

  test('[3.5.8] a selector that is not valid refuses the link, and makes no address', async () => {
    await using session = await RawSession.open(server.amqp);
    const filter = filterSet([SELECTOR, 'number >> 2']);
    const refused = await session.receiver({ dynamic: true, filter });
    const { condition, description } = await refused.detachError();
    assert.equal(condition, 'amqp:invalid-field');
    assert.match(description!, /at character 9/);
    assert.equal(
      [...server.broker.space(undefined).addresses.values()].some(({ temporary }) => temporary),
      false,
    );
  });

  test('[3.5.8] a queue hands each receiver what passes its filter', async () => {
    await using session = await RawSession.open(server.amqp);
    const high = await session.receiver({ address: 'numbers', capabilities: ['queue'], filter: filterSet([SELECTOR, 'number >= 3']) });
    await send(session, 'numbers', [1, 2, 3, 4]);
    assert.deepEqual(await take(high, 2), ['3', '4']);
    const rest = await session.receiver({ address: 'numbers' });
    assert.deepEqual(await take(rest, 2), ['1', '2']);
  });

  test('[3.5.8] a subscription of a topic gets what passes its filter, and with no-local nothing of its own connection', async () => {
    await using own = await RawSession.open(server.amqp);
    await using other = await RawSession.open(server.amqp);
    const filter = filterSet([SELECTOR, 'number % 2 = 0'], [NO_LOCAL, []]);
    const receiver = await own.receiver({ address: 'events', capabilities: ['topic'], filter });
    await send(own, 'events', [2]);
    await send(other, 'events', [3, 4]);
    assert.deepEqual(await take(receiver, 1), ['4']);
  });

  test('[2.6.3] a receiver without a source gets its durable subscription back, with its selector', async () => {
    await using session = await RawSession.open(server.amqp, 'resuming');
    const durable = { durable: 2, expiryPolicy: 'never' } as const;
    const filter = filterSet([SELECTOR, 'number > 1']);
    const first = await session.receiver({ address: 'resumed', capabilities: ['topic'], filter, ...durable }, { name: 'sub' });
    await first.detach(false);
    await send(session, 'resumed', [1, 2]);
    const again = await session.receiver(undefined, { name: 'sub' });
    assert.equal(again.answer.source?.address, 'resumed');
    const [[, granted]] = again.answer.source!.filter!.entries as [[AmqpValue, Described]];
    assert.equal(granted.value, 'number > 1');
    assert.deepEqual(await take(again, 1), ['2']);
  });

  test('the client rhea selects', async () => {
    await using client = await RheaClient.connect(server);
    const sender = await client.sender('rhea-selects');
    for (const colour of ['red', 'green', 'blue'])
      assert.equal((await sendFromRhea(sender, { body: colour, application_properties: { colour } })).outcome, 'accepted');
    const receiver = await client.receiver({ address: 'rhea-selects', filter: rhea.filter.selector("colour IN ('green')") });
    assert.deepEqual(await messages(receiver), ['green']);
  });

  test('a receiver of a higher priority is served first, by either name of the link property', async () => {
    for (const name of ['rabbitmq:priority', 'priority']) {
      await using session = await RawSession.open(server.amqp);
      const address = `ranked-${name}`;
      const low = await session.receiver({ address, capabilities: ['queue'] });
      const high = await session.receiver({ address }, { properties: new AmqpMap([[symbol(name), new Typed('int', 5)]]) });
      low.grant(10);
      high.grant(1);
      await session.caughtUp();
      await send(session, address, [1, 2]);
      assert.equal(textOf((await high.receive()).payload), '1');
      assert.equal(textOf((await low.receive()).payload), '2');
    }
  });
});
