import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { connectPacket, packetBytes } from './support/raw-client.ts';

describe('WebSocket (section 6)', () => {
  test('[MQTT-6.0.0-1] a frame of text ends the connection', async () => {
    await using server = await startTestServer({ amqp: 'off' });
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}/mqtt`, ['mqtt']);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    socket.send('text');
    await closed;
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
    socket.close();
  });
});
