import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startServer } from '@angarium/server';
import { temporaryFolder } from '@angarium/testkit';
import { generate } from 'mqtt-packet';
import { call } from './support/http-client.ts';

test('a message that was published over MQTT is received over HTTP', async () => {
  await using folder = await temporaryFolder();
  await using server = await startServer({
    dataDir: folder.path,
    amqp: 'off',
    mqtt: '127.0.0.1:0',
    http: '127.0.0.1:0',
    drainTimeout: '1s',
  });
  const http = { http: server.endpoints.http! };
  const waiting = call(http, 'POST', '/m/greetings:receive?wait=10s&settle=auto');
  const space = server.broker.spaces.get('default')!;
  while ((space.addresses.get('greetings')?.links ?? 0) === 0) await new Promise(setImmediate);
  const socket = connect(Number(new URL(server.endpoints.mqtt!).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'c', keepalive: 0 }));
  socket.write(generate({ cmd: 'publish', topic: 'greetings', payload: 'hello', qos: 1, messageId: 1, dup: false, retain: false }));
  const answer = await waiting;
  assert.deepEqual([answer.status, answer.text], [200, 'hello']);
  const closed = once(socket, 'close');
  socket.end(generate({ cmd: 'disconnect' }));
  socket.resume();
  await closed;
});
