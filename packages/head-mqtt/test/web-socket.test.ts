import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { connectPacket, packetBytes, RawClient } from './support/raw-client.ts';

describe('WebSocket (section 6)', () => {
  test('[MQTT-6.0.0-1] a frame of text ends the connection, though its bytes were a packet, and nothing of it is worked on', async () => {
    await using server = await startTestServer({ amqp: 'off' });
    await using watcher = await RawClient.open(server.mqtt);
    await watcher.subscribe('text');
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}/mqtt`, ['mqtt']);
    await once(socket, 'open');
    socket.send(packetBytes(connectPacket()));
    await once(socket, 'message');
    const closed = once(socket, 'close');
    const publish = { kind: 'publish', topic: 'text', qos: 0, duplicate: false, retain: false, payload: Buffer.from('x') } as const;
    socket.send(Buffer.from(packetBytes(publish)).toString('latin1'));
    await closed;
    await watcher.nothing();
  });

  test('[MQTT-6.0.0-1] what the server sends is binary', async () => {
    await using server = await startTestServer({ amqp: 'off' });
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}/mqtt`, ['mqtt']);
    socket.binaryType = 'arraybuffer';
    await once(socket, 'open');
    const come = once(socket, 'message') as Promise<[MessageEvent]>;
    socket.send(packetBytes(connectPacket()));
    const [{ data }] = await come;
    assert.equal(new Uint8Array(data as ArrayBuffer)[0], 0x20);
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  });
});
