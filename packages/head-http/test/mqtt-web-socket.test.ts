import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ByteWriter, decodePacket, encodePacket, type Packet, PacketSplitter } from '@angarium/codec-mqtt';
import { startTestServer } from '@angarium/testkit';
import { WebSocket } from 'ws';

function bytesOf(packet: Packet): Uint8Array {
  const writer = new ByteWriter();
  encodePacket(writer, packet, 5);
  return writer.bytes.slice(0, writer.length);
}

test('[MQTT-6.0.0-4] MQTT goes over a WebSocket, whatever the borders of its messages', async () => {
  await using server = await startTestServer();
  const socket = new WebSocket(`${server.http.replace('http', 'ws')}/mqtt`, ['mqtt']);
  const packets: Packet[] = [];
  const splitter = new PacketSplitter();
  let heard: () => void = () => {};
  socket.on('message', (data: Buffer) => {
    splitter.push(data, {
      packet: (first, bytes, start, end) => {
        packets.push(decodePacket(first, bytes, start, end, 5));
        heard();
      },
    });
  });
  const until = async (kind: Packet['kind']): Promise<void> => {
    while (!packets.some(packet => packet.kind === kind)) await new Promise<void>(resolve => (heard = resolve));
  };
  await once(socket, 'open');
  assert.equal(socket.protocol, 'mqtt');
  const connect = bytesOf({ kind: 'connect', version: 5, cleanStart: true, keepAliveSeconds: 0, clientId: 'web' });
  for (const byte of connect) socket.send(Uint8Array.of(byte));
  await until('connack');
  const subscription = { filter: 'a/#', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  const payload = Buffer.from('x');
  const subscribe = bytesOf({ kind: 'subscribe', packetId: 1, subscriptions: [subscription] });
  const publish = bytesOf({ kind: 'publish', topic: 'a/b', qos: 1, packetId: 2, duplicate: false, retain: false, payload });
  socket.send(Buffer.concat([subscribe, publish]));
  await until('publish');
  await until('puback');
  socket.terminate();
});
