import { REASON, TOPIC_FILTER_LEVELS_MAX } from '@angarium/codec-mqtt';
import { type Attack, type Field, whileItGoesOn } from '../../attack.ts';
import { publishOf, type RawMqttPeer, subscribeOf } from '../../raw-mqtt-peer.ts';

const PAYLOAD = Buffer.alloc(20, 't');
/** A topic has 65,535 bytes at most, so about half as many levels. */
const LEVELS_MAX = 30_000;
const DEEP_TOPICS = 20;
const ANSWER_TIMEOUT_MS = 30_000;

/** Publishes to each topic, and waits until the server has gone through all of them. */
async function publishTo(peer: RawMqttPeer, topics: readonly string[]): Promise<void> {
  const before = peer.count('puback');
  await peer.say(...topics.map((topic, i) => publishOf(topic, PAYLOAD, { qos: 1, packetId: (i % 0xffff) + 1 })));
  await peer.heardOf('puback', before + topics.length, ANSWER_TIMEOUT_MS);
}

export const mqttDeepFilters: Attack = {
  name: 'mqtt-deep-filters',
  does: 'topic filters and topics with as many levels as there may be, and with thousands more, which are refused',
  async run(field) {
    const peer = await field.connectMqtt();
    await peer.open();
    const deepest = TOPIC_FILTER_LEVELS_MAX;
    await peer.subscribe(
      [plus(deepest), `${letters(deepest - 1)}/#`, `${plus(deepest / 2)}/${letters(deepest / 2)}`],
      0,
      ANSWER_TIMEOUT_MS,
    );
    const times = await whileItGoesOn(field, () => publishTo(peer, Array(50).fill(letters(deepest)) as string[]));
    for (const filter of [plus(deepest + 1), plus(LEVELS_MAX), `${letters(LEVELS_MAX)}/#`, '/'.repeat(LEVELS_MAX)]) {
      const beyond = await field.connectMqtt();
      await beyond.open();
      await beyond.say(subscribeOf([filter], 0));
      await beyond.until(() => beyond.closed || beyond.reason === REASON.topicFilterInvalid, 'DISCONNECT 0x8f', ANSWER_TIMEOUT_MS);
      field.mustBeNamed(beyond);
    }
    // Deep topics have nobody who could subscribe to them level by level, but `#`; how they are answered is the server's affair.
    const deep = await field.connectMqtt();
    await deep.open();
    await deep.subscribe(['#', '+/#', '+/+/#']);
    for (let i = 0; i < DEEP_TOPICS && !deep.closed; i += 2)
      await deep.say(
        publishOf(`${i}/${letters(LEVELS_MAX)}`, PAYLOAD, { qos: 1 }),
        publishOf(`${i}${'/'.repeat(LEVELS_MAX)}`, PAYLOAD, { qos: 1 }),
      );
    await deep.until(() => deep.closed || deep.count('puback') === DEEP_TOPICS, 'an answer', ANSWER_TIMEOUT_MS);
    field.note(`${times * 50} publishes to ${deepest} levels`);
  },
};

function plus(levels: number): string {
  return Array(levels).fill('+').join('/');
}

function letters(levels: number): string {
  return Array(levels).fill('a').join('/');
}

export const mqttOverlappingFilters: Attack = {
  name: 'mqtt-overlapping-filters',
  does: 'thousands of overlapping wildcards, and topics that all of them match, each a new one',
  async run(field) {
    const peer = await field.connectMqtt();
    await peer.open();
    // Every pattern of eleven levels that is `+` or `a` at each: all 2,048 match `a/a/…/a`, and a walk meets all of them.
    const filters = Array.from({ length: 1 << 11 }, (_, bits) => patternOf(bits, 11)).slice(0, field.mqttLimits.subscriptionsMax);
    for (let i = 0; i < filters.length; i += 250) await peer.subscribe(filters.slice(i, i + 250), 0, ANSWER_TIMEOUT_MS);
    let topics = 0;
    await whileItGoesOn(field, async () => {
      // A last level of its own makes each topic new, so that nothing that was matched before helps.
      await publishTo(
        peer,
        Array.from({ length: 100 }, () => `${'a/'.repeat(10)}${topics++ % 2 === 0 ? 'a' : `n${topics}`}`),
      );
    });
    field.note(`${filters.length} filters, ${topics} topics`);
  },
};

function patternOf(bits: number, levels: number): string {
  return Array.from({ length: levels }, (_, level) => ((bits >> level) & 1 ? '+' : 'a')).join('/');
}

export const mqttRetainedFlood: Attack = {
  name: 'mqtt-retained-flood',
  does: 'retained messages on topics without end, and subscribers that ask for all of them',
  async run(field) {
    const publisher = await field.connectMqtt();
    await publisher.open();
    const wanted = field.long ? 100_000 : 4000;
    for (let i = 0; i < wanted; i += 200)
      await flood(
        publisher,
        Array.from({ length: 200 }, (_, j) => `hostile-retained/${(i + j) % 97}/${i + j}`),
        true,
      );
    const reader = await field.connectMqtt();
    await reader.open();
    await reader.subscribe(['hostile-retained/#'], 0, ANSWER_TIMEOUT_MS);
    // What a slow client misses of QoS 0 is its own affair: it is enough that they come.
    await reader.heardOf('publish', Math.min(wanted, 1000), ANSWER_TIMEOUT_MS);
    const again = await field.connectMqtt();
    await again.open();
    for (let i = 0; i < 50; i++) await again.subscribe(['hostile-retained/+/1', 'hostile-retained/0/#'], 0, ANSWER_TIMEOUT_MS);
    // They are taken away again, so that they are not held against the next attack.
    for (let i = 0; i < wanted; i += 200)
      await flood(
        publisher,
        Array.from({ length: 200 }, (_, j) => `hostile-retained/${(i + j) % 97}/${i + j}`),
        true,
        new Uint8Array(0),
      );
    field.note(`${wanted} retained`);
  },
};

async function flood(peer: RawMqttPeer, topics: readonly string[], retain: boolean, payload: Uint8Array = PAYLOAD): Promise<void> {
  const before = peer.count('puback');
  await peer.say(...topics.map((topic, i) => publishOf(topic, payload, { qos: 1, retain, packetId: i + 1 })));
  await peer.heardOf('puback', before + topics.length, ANSWER_TIMEOUT_MS);
}

export const mqttEndlessTopics: Attack = {
  name: 'mqtt-endless-topics',
  does: 'publishes to ever new topics, with first levels of their own: beyond the addresses that there may be they are refused',
  async run(field: Field) {
    const peer = await field.connectMqtt();
    await peer.open();
    const wanted = field.limits.addressesMax + (field.long ? 100_000 : 3000);
    for (let i = 0; i < wanted; i += 500)
      await flood(
        peer,
        Array.from({ length: 500 }, (_, j) => `hostile-endless-${i + j}/x`),
        false,
      );
    const refused = peer.packets.filter(packet => packet.kind === 'puback' && packet.reasonCode >= 0x80).length;
    if (refused === 0) throw new Error('no publish was refused');
    field.mustBeNamed(peer);
    field.note(`${wanted} topics`);
  },
};
