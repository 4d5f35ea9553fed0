import { REASON } from '@angarium/codec-mqtt';
import { type Attack, whileItGoesOn } from '../../attack.ts';
import { packetBytes, type RawMqttPeer } from '../../raw-mqtt-peer.ts';

const WEEK_SECONDS = 604_800;
const WILL_PAYLOAD = Buffer.alloc(60_000, 'w');
const AT_ONCE = 20;

/** Does `once` so many times, some of them at a time. */
async function manyTimes(times: number, once: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let index = next++; index < times; index = next++) await once(index);
    }),
  );
}

export const mqttSessionFlood: Attack = {
  name: 'mqtt-session-flood',
  does: 'sessions without end that are to be kept for a week, each with subscriptions: beyond as many as there may be they are refused',
  async run(field) {
    const { sessionsMax } = field.mqttLimits;
    const wanted = sessionsMax + (field.long ? 20_000 : 100);
    let refused: RawMqttPeer | undefined;
    const open = async (index: number, expirySeconds: number): Promise<void> => {
      using peer = await field.connectMqtt();
      await peer.open({ clientId: `hostile-kept-${index}`, cleanStart: false, properties: { sessionExpiryInterval: expirySeconds } });
      if (peer.reason === REASON.quotaExceeded) refused = peer;
      else if (expirySeconds > 0) await peer.subscribe([`hostile-kept/${index}/#`, 'hostile-kept/all'], 1);
      else await peer.say({ kind: 'disconnect', reasonCode: 0 });
    };
    await manyTimes(wanted, index => open(index, WEEK_SECONDS));
    if (refused === undefined) throw new Error(`all of ${wanted} sessions were let in, and there may be ${sessionsMax}`);
    field.mustBeNamed(refused);
    // Ended, so that they are not held against the next attack.
    await manyTimes(wanted, index => open(index, 0));
    field.note(`${wanted} sessions, more than ${sessionsMax}`);
  },
};

export const mqttWillFlood: Attack = {
  name: 'mqtt-will-flood',
  does: 'clients that come with a will of 60 kB, and go without a word',
  async run(field) {
    const clients = field.long ? 20_000 : 200;
    await manyTimes(clients, async index => {
      using peer = await field.connectMqtt();
      await peer.open({
        clientId: `hostile-will-${index % 100}`,
        will: {
          topic: `hostile-will/${index % 50}`,
          payload: WILL_PAYLOAD,
          qos: 1,
          retain: index % 2 === 0,
          properties: { willDelayInterval: index % 3 },
        },
        properties: { sessionExpiryInterval: 2 },
      });
    });
    field.note(`${clients} wills`);
  },
};

export const mqttTakeOvers: Attack = {
  name: 'mqtt-take-overs',
  does: 'clients of one identifier that take each other’s session over without pause',
  async run(field) {
    let connections = 0;
    await whileItGoesOn(field, async () => {
      const peers: RawMqttPeer[] = [];
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          const peer = await field.connectMqtt();
          peers.push(peer);
          // One that is overtaken before its CONNACK is closed without one.
          await peer.say({
            kind: 'connect',
            version: 5,
            cleanStart: false,
            keepAliveSeconds: 0,
            clientId: 'hostile-twin',
            properties: { sessionExpiryInterval: 60 },
          });
        }),
      );
      connections += peers.length;
      const settled = (): boolean => peers.filter(peer => !peer.closed && peer.reason === undefined).length <= 1;
      await Promise.any(peers.map(peer => peer.until(settled, 'all but one to be gone'))).catch(error => {
        if (!settled()) throw error;
      });
      for (const peer of peers) peer[Symbol.dispose]();
    });
    field.note(`${connections} connections`);
  },
};

export const mqttChurn: Attack = {
  name: 'mqtt-churn',
  does: 'MQTT connections that come and go by the thousand, some in the middle of a word',
  async run(field) {
    const connections = field.long ? 10_000 : 600;
    const ping = packetBytes([{ kind: 'pingreq' }], 5);
    await manyTimes(connections, async () => {
      using peer = await field.connectMqtt();
      const choice = field.random.below(4);
      if (choice === 0) return;
      if (choice === 1) return void peer.push(ping.subarray(0, 1));
      await peer.open();
      if (choice === 3) await peer.subscribe(['hostile-churn/#'], 1);
    });
    field.note(`${connections} connections`);
  },
};
