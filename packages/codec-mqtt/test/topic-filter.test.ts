import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  parseSharedFilter,
  refusePlainFilter,
  refuseTopicFilter,
  refuseTopicName,
  TOPIC_FILTER_LEVELS_MAX,
  topicMatches,
} from '../src/index.ts';
import { anyFilter, anyPlainFilter, anyTopicName } from './arbitraries.ts';

test('[MQTT-4.7.1-1] (3.1.1: [MQTT-4.7.1-2]) a # stands alone in the last level', () => {
  for (const filter of ['#', '/#', 'sport/#', 'sport/tennis/#', '+/#', 'é/#']) assert.equal(refuseTopicFilter(filter), undefined, filter);
  for (const filter of ['sport/tennis#', 'sport/tennis/#/ranking', '##', '#/', '#a', 'a/#b', '/#/']) {
    assert.match(refuseTopicFilter(filter)!, /#/, filter);
  }
});

test('[MQTT-4.7.1-2] (3.1.1: [MQTT-4.7.1-3]) a + is a level of its own', () => {
  for (const filter of ['+', '/+', '+/', '+/tennis/#', 'sport/+/player1', '+/+', '//+//'])
    assert.equal(refuseTopicFilter(filter), undefined, filter);
  for (const filter of ['sport+', '+sport', 'a/+b', 'a/b+/c', '++', '+#', '#+']) assert.match(refuseTopicFilter(filter)!, /\+|#/, filter);
});

test('[MQTT-4.7.3-1] [MQTT-4.7.3-2] names and filters have at least one character, and no U+0000', () => {
  for (const refuse of [refuseTopicName, refuseTopicFilter, refusePlainFilter]) {
    assert.match(refuse('')!, /empty/);
    assert.match(refuse('a\0b')!, /U\+0000/);
    for (const topic of ['/', 'a', 'a b', '//', '$SYS/a', 'é', '\u{1f600}']) assert.equal(refuse(topic), undefined, topic);
  }
  assert.match(refuseTopicFilter('$share/a\0/b')!, /U\+0000/);
});

test('[MQTT-4.7.0-1] a name has no wildcards', () => {
  for (const name of ['+', '#', 'a/+/b', 'a#']) assert.match(refuseTopicName(name)!, /wildcard/);
});

test('[MQTT-4.8.2-1] a share name has at least one character, and none of / + #', () => {
  assert.equal(refuseTopicFilter('$share/consumer/a'), undefined);
  assert.match(refuseTopicFilter('$share//a')!, /share name is empty/);
  assert.match(refuseTopicFilter('$share/a+/b')!, /share name/);
  assert.match(refuseTopicFilter('$share/#/b')!, /share name/);
});

test('[MQTT-4.8.2-2] a share name is followed by a filter', () => {
  for (const filter of ['$share', '$share/', '$share/a']) assert.match(refuseTopicFilter(filter)!, /no filter/, filter);
  assert.match(refuseTopicFilter('$share/a/')!, /empty/);
  assert.match(refuseTopicFilter('$share/a/b#')!, /#/);
  for (const filter of ['$share/a//', '$share/a/#', '$share/a/$share', '$shared/a'])
    assert.equal(refuseTopicFilter(filter), undefined, filter);
});

test('a filter has a limited number of levels', () => {
  const most = Array(TOPIC_FILTER_LEVELS_MAX).fill('+').join('/');
  assert.equal(refuseTopicFilter(most), undefined);
  assert.match(refuseTopicFilter(`${most}/+`)!, /levels/);
  assert.equal(refuseTopicFilter(`$share/a/${most}`), undefined);
  assert.match(refuseTopicFilter(`$share/a/${most}/#`)!, /levels/);
});

test('[4.8.2] a shared filter is taken apart', () => {
  assert.deepEqual(parseSharedFilter('$share/consumer/sport/#'), { share: 'consumer', filter: 'sport/#' });
  assert.deepEqual(parseSharedFilter('$share/consumer//sport'), { share: 'consumer', filter: '/sport' });
  assert.deepEqual(parseSharedFilter('sport/#'), { filter: 'sport/#' });
  assert.deepEqual(parseSharedFilter('share/a/b'), { filter: 'share/a/b' });
  fc.assert(
    fc.property(anyFilter, filter => {
      const { share, filter: plain } = parseSharedFilter(filter);
      assert.equal(share === undefined ? plain : `$share/${share}/${plain}`, filter);
      assert.equal(refuseTopicFilter(filter), undefined);
    }),
  );
});

const MATCHES: readonly [filter: string, names: string[], others: string[]][] = [
  [
    'sport/tennis/player1/#',
    ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/wimbledon'],
    ['sport/tennis', 'sport/tennis/player2'],
  ],
  ['sport/#', ['sport', 'sport/', 'sport/a/b'], ['sports', '/sport']],
  ['#', ['a', '/', 'a/b', '//'], ['$SYS', '$SYS/a', '$']],
  ['sport/tennis/+', ['sport/tennis/player1', 'sport/tennis/'], ['sport/tennis', 'sport/tennis/player1/ranking']],
  ['sport/+', ['sport/'], ['sport']],
  ['+/+', ['/finance'], ['finance', '/a/b']],
  ['/+', ['/finance'], ['finance']],
  ['+', ['finance', ''], ['/finance', '$SYS']],
  ['+/monitor/Clients', ['a/monitor/Clients'], ['$SYS/monitor/Clients']],
  ['$SYS/#', ['$SYS', '$SYS/a'], ['SYS/a', '$SYSa']],
  ['$SYS/monitor/+', ['$SYS/monitor/Clients'], ['$SYS/monitor']],
  ['a/+', ['a/$b'], []],
  ['a/#', ['a/$b'], []],
  ['ACCOUNTS', ['ACCOUNTS'], ['Accounts', 'ACCOUNTS/', '/ACCOUNTS']],
  ['a//b', ['a//b'], ['a/b', 'a/c/b']],
];

for (const [filter, names, others] of MATCHES) {
  test(`[4.7.1] [MQTT-4.7.2-1] ${filter} matches ${[...names, 'not', ...others].join(' ')}`, () => {
    for (const name of names) assert.ok(topicMatches(filter, name), name);
    for (const name of others) assert.ok(!topicMatches(filter, name), name);
  });
}

test('a filter without wildcards matches its own name and no other', () => {
  fc.assert(
    fc.property(anyTopicName, anyTopicName, (one, other) => {
      assert.ok(topicMatches(one, one));
      assert.equal(topicMatches(one, other), one === other);
    }),
  );
});

test('a plain filter is refused alike by both', () => {
  fc.assert(fc.property(anyPlainFilter, filter => assert.equal(refusePlainFilter(filter), refuseTopicFilter(filter))));
});
