import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram, runPython, skipWithout, startTestServer, type TestServer } from '@angarium/testkit';
import mqtt, { type MqttClient } from 'mqtt';

const PAHO = fileURLToPath(new URL('paho/conversation.py', import.meta.url));
const DEADLINE_MS = 10_000;

/** The topic and the payload of the next message. */
function arrival(client: MqttClient): Promise<[string, Buffer]> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no message came within ${DEADLINE_MS} ms`)), DEADLINE_MS);
    client.once('message', (topic, payload) => {
      clearTimeout(deadline);
      resolve([topic, payload]);
    });
  });
}

/** The first line that a program prints, which goes on until it is ended. */
async function firstLine(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'inherit'], timeout: DEADLINE_MS });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n')) child.kill();
  }
  return text.split('\n')[0]!;
}

describe('foreign clients', { concurrency: 2 }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', amqp: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const protocolVersion of [4, 5] as const) {
    test(`the client mqtt of npm, protocol level ${protocolVersion}: all QoS, retained messages, a session`, async () => {
      const { host, port } = server.mqtt;
      const clientId = `npm-${protocolVersion}`;
      const session = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 100 } } : {};
      const open = () => mqtt.connectAsync({ host, port, protocolVersion, clientId, clean: false, reconnectPeriod: 0, ...session });
      const client = await open();
      const topic = `npm/${protocolVersion}`;
      await client.subscribeAsync(`${topic}/#`, { qos: 2 });
      for (const qos of [0, 1, 2] as const) {
        const come = arrival(client);
        await client.publishAsync(`${topic}/x`, `QoS ${qos}`, { qos, retain: qos === 1 });
        const [from, payload] = await come;
        assert.deepEqual([from, payload.toString()], [`${topic}/x`, `QoS ${qos}`]);
      }
      await client.endAsync();
      const sender = await mqtt.connectAsync({ host, port, protocolVersion, reconnectPeriod: 0 });
      await sender.publishAsync(`${topic}/y`, 'while away', { qos: 1 });
      const later = mqtt.connect({ host, port, protocolVersion, clientId, clean: false, reconnectPeriod: 0, ...session });
      const [, payload] = await arrival(later);
      assert.equal(payload.toString(), 'while away');
      await later.endAsync();
      await sender.endAsync();
    });
  }

  for (const version of ['mqttv311', 'mqttv5'] as const) {
    for (const qos of ['0', '1', '2']) {
      test(`mosquitto_sub gets from mosquitto_pub what is retained, ${version}, QoS ${qos}`, async context => {
        if (skipWithout(context, 'mosquitto_pub')) return;
        const place = ['-h', server.mqtt.host, '-p', `${server.mqtt.port}`, '-V', version, '-q', qos, '-t', `mosquitto/${version}/${qos}`];
        const sent = await runProgram('mosquitto_pub', [...place, '-r', '-m', 'hello']);
        assert.equal(sent.code, 0, sent.stderr);
        const got = await runProgram('mosquitto_sub', [...place, '-C', '1', '-W', '10', '-F', '%r %q %p']);
        assert.equal(got.stdout, `1 ${qos} hello\n`, got.stderr);
      });
    }
  }

  test('mosquitto_rr asks, and is answered', async context => {
    if (skipWithout(context, 'mosquitto_rr')) return;
    const { host, port } = server.mqtt;
    const answering = await mqtt.connectAsync({ host, port, protocolVersion: 5, reconnectPeriod: 0 });
    answering.on('message', (_topic, payload, { properties }) => {
      const { responseTopic, correlationData } = properties ?? {};
      answering.publish(responseTopic!, `re: ${payload}`, { properties: correlationData ? { correlationData } : {} });
    });
    await answering.subscribeAsync('questions');
    const args = ['-h', host, '-p', `${port}`, '-V', 'mqttv5', '-t', 'questions', '-e', 'answers', '-m', 'why?', '-W', '10'];
    const { code, stdout, stderr } = await runProgram('mosquitto_rr', args);
    await answering.endAsync();
    assert.deepEqual([code, stdout], [0, 're: why?\n'], stderr);
  });

  test('paho of Python: all QoS in both versions', async context => {
    if (skipWithout(context, 'paho')) return;
    const { code, stdout, stderr } = await runPython(PAHO, [server.mqtt.host, `${server.mqtt.port}`]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'done: 3.1.1\ndone: 5.0\n');
  });

  for (const version of ['311', '5']) {
    for (const qos of ['0', '1', '2']) {
      test(`paho_c_sub gets from paho_c_pub what is retained, version ${version}, QoS ${qos}`, async context => {
        if (skipWithout(context, 'paho_c_pub')) return;
        const place = ['-h', server.mqtt.host, '-p', `${server.mqtt.port}`, '-V', version, '-q', qos, '-t', `paho-c/${version}/${qos}`];
        const id = `paho-c-${version}-${qos}`;
        const sent = await runProgram('paho_c_pub', [...place, '-i', `${id}-pub`, '-r', '-m', `QoS ${qos}`]);
        assert.equal(sent.code, 0, sent.stderr);
        assert.equal(await firstLine('paho_c_sub', [...place, '-i', `${id}-sub`]), `QoS ${qos}`);
      });
    }
  }
});
