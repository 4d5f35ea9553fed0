import { type Packet, REASON } from '@angarium/codec-mqtt';
import { type Attack, type Field, whileItGoesOn } from '../../attack.ts';
import { connectOf, packetBytes, publishOf, type RawMqttPeer, subscribeOf } from '../../raw-mqtt-peer.ts';

/** The slack that a timeout gets: the server looks at its connections about once a second, on a busy machine. */
const TIMEOUT_SLACK_MS = 6000;
const UNFINISHED_BYTES = 8 * 1024 * 1024;
const STALL_TIMEOUT_MS = 15_000;
const PAYLOAD = Buffer.alloc(40, 'p');

export const mqttGarbage: Attack = {
  name: 'mqtt-garbage',
  does: 'MQTT peers that send random bytes from the first one on, and after CONNECT',
  async run(field) {
    const times = await whileItGoesOn(field, async () => {
      for (const opens of [false, true]) {
        const peer = await field.connectMqtt();
        if (opens) await peer.open();
        for (let chunk = 0; chunk < 8; chunk++) await peer.send(field.random.bytes(field.random.between(8, 16_384)));
        peer.finish();
        await peer.gone();
      }
    });
    field.note(`${times * 2} connections`);
  },
};

/** One of each packet that a client may send. */
function packetsOf(version: 4 | 5): Packet[] {
  const properties = version === 5 ? { properties: { userProperties: [['a', 'b']] as [string, string][], contentType: 'text/plain' } } : {};
  const will = { topic: 'hostile-mutated/will', payload: PAYLOAD, qos: 1 as const, retain: true };
  return [
    connectOf({ will, userName: 'u', password: PAYLOAD, keepAliveSeconds: 10 }, version),
    subscribeOf(['hostile-mutated/#', '$share/g/hostile-mutated/+'], 1),
    publishOf('hostile-mutated/a', PAYLOAD),
    { ...publishOf('hostile-mutated/b', PAYLOAD, { qos: 1, retain: true }), ...properties } as Packet,
    publishOf('hostile-mutated/c', PAYLOAD, { qos: 2, packetId: 2 }),
    { kind: 'pubrel', packetId: 2, reasonCode: 0 },
    { kind: 'puback', packetId: 3, reasonCode: 0 },
    { kind: 'pingreq' },
    { kind: 'unsubscribe', packetId: 4, filters: ['hostile-mutated/#'] },
  ];
}

export const mqttMutations: Attack = {
  name: 'mqtt-mutations',
  does: 'packets of MQTT 3.1.1 and 5.0 with bits turned, bytes lost and bytes added',
  async run(field) {
    const { random } = field;
    let peers = 0;
    await whileItGoesOn(field, async () => {
      for (const version of [4, 5] as const) {
        for (let target = 0; target < packetsOf(version).length; target++) {
          // Which version it is answered in depends on what becomes of its CONNECT.
          const peer = await field.connectMqtt({ listens: false });
          peers++;
          const packets = packetsOf(version);
          await peer.send(packetBytes(packets.slice(0, target), version));
          await peer.send(mutated(packetBytes([packets[target]!], version), field));
          await peer.send(packetBytes(packets.slice(target + 1), version));
          if (random.below(2) === 0) await peer.send(random.bytes(random.between(1, 64)));
          peer.finish();
          await peer.gone();
        }
      }
    });
    field.note(`${peers} connections`);
  },
};

function mutated(bytes: Uint8Array, { random }: Field): Uint8Array {
  const changed = [...bytes];
  for (let changes = random.between(1, 4); changes > 0; changes--) {
    const at = random.below(changed.length);
    const kind = random.below(4);
    if (kind === 0) changed[at] = changed[at]! ^ (1 << random.below(8));
    else if (kind === 1) changed[at] = random.below(256);
    else if (kind === 2) changed.splice(at, random.between(1, 3));
    else changed.splice(at, 0, ...random.bytes(random.between(1, 3)));
    if (changed.length === 0) changed.push(0);
  }
  return Uint8Array.from(changed);
}

export const mqttHalfOpen: Attack = {
  name: 'mqtt-half-open',
  does: 'thousands of MQTT peers that never send CONNECT, or only its beginning, until they are cut',
  async run(field) {
    const peers: RawMqttPeer[] = [];
    const beginning = packetBytes([connectOf({}, 5)], 5).subarray(0, 9);
    const connections = field.long ? 10_000 : 600;
    for (let i = 0; i < connections; i++) {
      const peer = await field.connectMqtt();
      if (i % 2 === 1) await peer.send(beginning);
      peers.push(peer);
    }
    await Promise.all(peers.map(peer => peer.gone(field.mqttLimits.connectTimeoutMs + TIMEOUT_SLACK_MS)));
    for (const peer of peers.slice(-2)) field.mustBeNamed(peer);
    field.note(`${connections} connections`);
  },
};

export const mqttAnnouncedSizes: Attack = {
  name: 'mqtt-announced-sizes',
  does: 'MQTT peers that announce packets of megabytes, and send their first bytes',
  async run(field) {
    const peers: RawMqttPeer[] = [];
    // PUBLISH with a remaining length of 16,000,000.
    const head = Uint8Array.of(0x30, 0x80, 0xc8, 0xd0, 0x07, 0, 1, 0x74);
    const connections = field.long ? 2000 : 200;
    for (let i = 0; i < connections; i++) {
      const peer = await field.connectMqtt();
      if (i % 2 === 0) await peer.open({ keepAliveSeconds: 1 });
      await peer.send(head);
      peers.push(peer);
    }
    await Promise.all(peers.map(peer => peer.gone(field.mqttLimits.connectTimeoutMs + TIMEOUT_SLACK_MS)));
    field.note(`${connections} packets of 16 MB announced`);
  },
};

export const mqttUnfinishedPackets: Attack = {
  name: 'mqtt-unfinished-packets',
  does: 'MQTT peers that send packets of megabytes but for their end: the server keeps so many of them, and no more',
  async run(field) {
    const head = Uint8Array.of(0x30, 0x80, 0xc8, 0xd0, 0x07, 0, 1, 0x74);
    const most = Math.ceil(field.mqttLimits.unfinishedBytesMax / UNFINISHED_BYTES);
    const peers: RawMqttPeer[] = [];
    const part = new Uint8Array(UNFINISHED_BYTES / 16);
    for (let i = 0; i < most + 4; i++) {
      const peer = await field.connectMqtt();
      peers.push(peer);
      await peer.open();
      await peer.send(head);
      for (let sent = 0; sent < UNFINISHED_BYTES && !peer.closed; sent += part.length) await peer.send(part);
    }
    const refused = (): number => peers.filter(({ reason }) => reason === REASON.quotaExceeded).length;
    await peers.at(-1)!.until(() => refused() >= 4, 'packets to be refused');
    field.mustBeNamed(peers.find(({ reason }) => reason === REASON.quotaExceeded)!);
    // What is not gone on with has its time as well.
    await Promise.all(peers.map(peer => peer.until(() => peer.closed || peer.reason !== undefined, 'the end', STALL_TIMEOUT_MS)));
    field.note(`${most} packets of ${UNFINISHED_BYTES} bytes kept, ${refused()} refused`);
  },
};

export const mqttKeepAlive: Attack = {
  name: 'mqtt-keep-alive',
  does: 'MQTT peers that cheat their keep alive: with silence, and with a packet of which a byte comes now and then',
  async run(field) {
    const silent = await field.connectMqtt();
    await silent.open({ keepAliveSeconds: 1 });
    const dripping = await field.connectMqtt();
    await dripping.open({ keepAliveSeconds: 1 });
    await dripping.send(Uint8Array.of(0x30, 0xff, 0x7f, 0, 1, 0x74));
    const drip = setInterval(() => dripping.push(Uint8Array.of(0x70)), 200);
    try {
      // [MQTT-3.1.2-22]: half as long again without a whole packet.
      await silent.until(() => silent.reason === REASON.keepAliveTimeout, 'DISCONNECT', 1500 + TIMEOUT_SLACK_MS);
      await dripping.until(() => dripping.closed || dripping.reason === REASON.keepAliveTimeout, 'the end', 1500 + TIMEOUT_SLACK_MS);
    } finally {
      clearInterval(drip);
    }
    field.mustBeNamed(silent);
    field.mustBeNamed(dripping);
  },
};
