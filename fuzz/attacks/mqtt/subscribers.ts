import { REASON } from '@angarium/codec-mqtt';
import { type Attack, type Field, whileItGoesOn } from '../../attack.ts';
import { connectOf, packetBytes, publishOf, type RawMqttPeer, subscribeOf } from '../../raw-mqtt-peer.ts';
import { megabytes } from '../../siege.ts';

const BUSY = 'hostile-busy/topic';
const BUSY_PAYLOAD = Buffer.alloc(20_000, 'b');
const BATCH = 32;
const STALL_SLACK_MS = 6000;

/** Publishes to the busy topic while the attack goes on, so many times at least, and no faster than the server acknowledges. */
async function keepBusy(field: Field, least: number): Promise<number> {
  const publisher = await field.connectMqtt();
  await publisher.open();
  let sent = 0;
  while ((field.goesOn || sent < least) && !publisher.closed) {
    const packets = Array.from({ length: BATCH }, (_, i) => publishOf(BUSY, BUSY_PAYLOAD, { qos: i === 0 ? 1 : 0, packetId: 1 }));
    await publisher.say(...packets);
    sent += BATCH;
    await publisher.heardOf('puback', sent / BATCH);
  }
  if (publisher.closed) throw new Error(`the publisher was cut: ${publisher.reason}`);
  return sent;
}

/** Says everything at once, since it will not hear an answer. */
async function deafSubscriber(field: Field, qos: 0 | 1): Promise<RawMqttPeer> {
  const peer = await field.connectMqtt({ reads: false });
  await peer.say(connectOf({}, 5), subscribeOf([BUSY], qos));
  return peer;
}

export const mqttSlowReaders: Attack = {
  name: 'mqtt-slow-readers',
  does: 'MQTT subscribers of a busy topic that never read: they miss what has QoS 0, and are cut in the end',
  async run(field) {
    const deaf = [await deafSubscriber(field, 0), await deafSubscriber(field, 1)];
    const sent = await keepBusy(field, field.long ? 20_000 : 1500);
    field.mustBeLogged(/messages with QoS 0 are left out/);
    for (const peer of deaf) {
      // Only one that sends hears of its end, when it does not read.
      const poke = setInterval(() => peer.push(packetBytes([{ kind: 'pingreq' }], 5)), 100);
      await peer.gone(field.mqttLimits.stallTimeoutMs + STALL_SLACK_MS).finally(() => clearInterval(poke));
      field.mustBeNamed(peer);
    }
    field.note(`${sent} messages of 20 kB`);
  },
};

export const mqttNeverAcknowledges: Attack = {
  name: 'mqtt-never-acknowledges',
  does: 'MQTT subscribers with a receive maximum of 65,535 that acknowledge nothing, and publishers that release nothing',
  async run(field) {
    const subscriber = await field.connectMqtt();
    await subscriber.open({ properties: { receiveMaximum: 0xffff } });
    await subscriber.subscribe(['hostile-unacknowledged/#'], 2);
    const publisher = await field.connectMqtt();
    await publisher.open();
    // Every packet identifier there is, none of them ever released: beyond the receive maximum it is the end [MQTT-3.3.4-9].
    const payload = Buffer.alloc(100, 'u');
    for (let packetId = 1; packetId < 0xffff && !publisher.closed; packetId += BATCH) {
      const packets = Array.from({ length: BATCH }, (_, i) =>
        publishOf('hostile-unacknowledged/x', payload, { qos: 2, packetId: Math.min(0xffff, packetId + i) }),
      );
      await publisher.say(...packets);
    }
    await publisher.until(() => publisher.reason === REASON.receiveMaximumExceeded, 'DISCONNECT 0x93', 30_000);
    field.mustBeNamed(publisher);
    field.note(`${subscriber.count('publish')} unacknowledged`);
  },
};

export const mqttSubscriptionFlood: Attack = {
  name: 'mqtt-subscription-flood',
  does: 'MQTT sessions with as many subscriptions as they may have and more, and subscriptions that come and go without pause',
  async run(field) {
    const { subscriptionsMax } = field.mqttLimits;
    const peer = await field.connectMqtt();
    await peer.open();
    const filters = Array.from({ length: subscriptionsMax + 100 }, (_, i) => `hostile-many/${i}/+`);
    for (let i = 0; i < filters.length; i += 100) await peer.subscribe(filters.slice(i, i + 100), 1, 30_000);
    const refused = peer.packets.flatMap(packet => (packet.kind === 'suback' ? packet.reasonCodes.filter(code => code >= 0x80) : []));
    if (refused.length !== 100 || refused.some(code => code !== REASON.quotaExceeded))
      throw new Error(`${refused.length} subscriptions were refused where 100 were too many: ${refused.slice(0, 3)}`);
    const before = peer.count('unsuback');
    const rounds = await whileItGoesOn(field, async () => {
      const packets = Array.from({ length: 50 }, (_, i) => [
        subscribeOf([`hostile-many/${i}/+`], 1),
        { kind: 'unsubscribe' as const, packetId: 2, filters: [`hostile-many/${i}/+`] },
      ]).flat();
      await peer.say(...packets);
    });
    await peer.heardOf('unsuback', before + rounds * 50, 30_000);
    field.note(`${subscriptionsMax} subscriptions, ${rounds * 50} comings and goings; answers ${megabytes(rounds)} MB`);
  },
};

export const mqttSharedChurn: Attack = {
  name: 'mqtt-shared-churn',
  does: 'members that join and leave shared subscriptions while messages come',
  async run(field) {
    const publisher = await field.connectMqtt();
    await publisher.open();
    let members = 0;
    await whileItGoesOn(field, async () => {
      const peers = await Promise.all(Array.from({ length: 10 }, () => field.connectMqtt()));
      await Promise.all(peers.map(peer => peer.open()));
      await Promise.all(peers.map((peer, i) => peer.subscribe([`$share/group${i % 3}/hostile-shared/#`], (i % 3) as 0 | 1 | 2)));
      await publisher.say(
        ...Array.from({ length: 20 }, (_, i) => publishOf('hostile-shared/x', BUSY_PAYLOAD, { qos: 1, packetId: i + 1 })),
      );
      members += peers.length;
      for (const peer of peers) peer[Symbol.dispose]();
    });
    field.note(`${members} members`);
  },
};
