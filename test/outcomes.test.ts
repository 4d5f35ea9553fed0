import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { Outcome, RefusalCode } from '@angarium/core';
import { AMQP_OUTCOMES } from '@angarium/head-amqp';
import { HTTP_OUTCOMES, MESSAGE_PROBLEMS } from '@angarium/head-http';
import { MQTT_OUTCOMES } from '@angarium/head-mqtt';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { Delivery, EventContext } from 'rhea';
import { AmqpClient } from '../packages/head-http/test/support/amqp-client.ts';
import { call, declare } from '../packages/head-http/test/support/http-client.ts';
import { type Protocol, REFUSAL_TRIALS, type Trial } from './outcomes/refusal-trials.ts';
import { mqttPeer } from './support/mqtt-peer.ts';
import { outcomeOf } from './support/rhea-outcome.ts';

type Kind = Outcome['kind'];
const KINDS = Object.keys(AMQP_OUTCOMES.outcomes) as Kind[];

const TIMEOUT_MS = 60_000;

/** How rhea says each outcome. */
const SETTLE: Readonly<Record<Kind, (delivery: Delivery) => void>> = {
  accepted: delivery => delivery.accept(),
  rejected: delivery => delivery.reject({ condition: 'test:no', description: 'not this one' }),
  released: delivery => delivery.release(),
  modified: delivery => delivery.modified({ delivery_failed: true, undeliverable_here: false }),
};

function httpStatus(kind: Kind): number {
  const answer = HTTP_OUTCOMES.outcomes[kind];
  return typeof answer === 'number' ? answer : MESSAGE_PROBLEMS[answer].status;
}

describe('what a sender hears is its consumer’s outcome, in the words of the table', { concurrency: 1, timeout: TIMEOUT_MS }, () => {
  let server: TestServer;
  let consumer: AmqpClient;

  before(async () => {
    server = await startTestServer();
    consumer = await AmqpClient.connect(server);
    for (const kind of KINDS) {
      await declare(server, kind, { type: 'anycast' });
      await consumer.receiver(kind, (_message, { delivery }) => SETTLE[kind](delivery!));
    }
  });
  after(async () => {
    await consumer[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  for (const kind of KINDS) {
    test(`${kind}, to a sender over AMQP`, async () => {
      await using client = await AmqpClient.connect(server);
      const sender = await client.sender(kind);
      const heard = once(sender as never, AMQP_OUTCOMES.outcomes[kind]);
      sender.send({ body: 'x' });
      await heard;
    });

    test(`${kind}, to a sender over MQTT 5.0`, async () => {
      await using peer = await mqttPeer(server, 5);
      assert.equal(await peer.publish(kind, 'x'), MQTT_OUTCOMES.outcomes[kind]);
    });

    test(`${kind}, to a sender over MQTT 3.1.1, which hears of success only`, async () => {
      await using peer = await mqttPeer(server, 4);
      assert.equal(await peer.publish(kind, 'x'), 0);
    });

    test(`${kind}, to a sender over HTTP`, async () => {
      const answer = await call(server, 'POST', `/m/${kind}`, { body: 'x' });
      assert.equal(answer.status, httpStatus(kind));
      if (kind !== 'accepted') assert.equal(answer.json.code, HTTP_OUTCOMES.outcomes[kind]);
    });
  }
});

describe('what a consumer says is its sender’s outcome', { concurrency: 1, timeout: TIMEOUT_MS }, () => {
  let server: TestServer;
  let sending: AmqpClient;

  before(async () => {
    server = await startTestServer();
    sending = await AmqpClient.connect(server);
  });
  after(async () => {
    await sending[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Sends one message to an anycast address whose consumer is there, and resolves with the outcome's name. */
  async function heardFrom(address: string): Promise<Kind> {
    const sender = await sending.sender(address);
    return await new Promise(resolve => {
      sender.once('settled', ({ delivery }: EventContext) => resolve(outcomeOf(delivery!)));
      sender.send({ body: 'x' });
    });
  }

  for (const kind of KINDS) {
    test(`${kind}, over HTTP`, async () => {
      const address = `http-${kind}`;
      await declare(server, address, { type: 'anycast' });
      const received = call(server, 'POST', `/m/${address}:receive?wait=20s`);
      const heard = heardFrom(address);
      const lease = (await received).headers['angarium-lease'];
      const settled = await call(server, 'POST', `/m/${address}:settle`, { body: JSON.stringify({ lease, outcome: kind }) });
      assert.equal(settled.status, 200, settled.text);
      assert.equal(await heard, kind);
    });
  }

  for (const [version, code, kind] of [
    [4, 0, 'accepted'],
    [5, 0, 'accepted'],
    [5, MQTT_OUTCOMES.outcomes.rejected, 'rejected'],
  ] as const) {
    test(`${kind}, over MQTT ${version === 5 ? '5.0' : '3.1.1'}`, async () => {
      const address = `mqtt-${version}-${kind}`;
      await declare(server, address, { type: 'anycast' });
      await using peer = await mqttPeer(server, version, {
        customHandleAcks: (_topic, _message, _packet, done) => done(null as never, code),
      });
      await peer.subscribe(address);
      assert.equal(await heardFrom(address), kind);
    });
  }

  test('modified with a failed attempt, when a client of MQTT is lost before it acknowledges', async () => {
    await declare(server, 'mqtt-lost', { type: 'anycast' });
    await using peer = await mqttPeer(server, 5, { customHandleAcks: () => peer.client.stream.destroy() });
    await peer.subscribe('mqtt-lost');
    const sender = await sending.sender('mqtt-lost');
    const modified = once(sender as never, 'modified');
    sender.send({ body: 'x' });
    const [{ delivery }] = (await modified) as [{ delivery: Delivery }];
    assert.equal((delivery.remote_state as unknown as { delivery_failed: boolean }).delivery_failed, true);
  });
});

/** What the tables say that the protocol says. */
function expected(code: RefusalCode, protocol: Protocol, { packet }: Trial): string | number {
  if (protocol === 'amqp') return AMQP_OUTCOMES.refusals[code];
  return protocol === 'http' ? HTTP_OUTCOMES.refusals[code] : MQTT_OUTCOMES.refusals[code][packet!];
}

describe('a refusal is said in the words of the table', { concurrency: 4, timeout: TIMEOUT_MS }, () => {
  for (const code of Object.keys(REFUSAL_TRIALS) as RefusalCode[]) {
    for (const [protocol, trial] of Object.entries(REFUSAL_TRIALS[code]) as [Protocol, Trial | string][]) {
      // A row that cannot be reached says why in its table.
      if (typeof trial === 'string') continue;
      test(`${code}, over ${protocol.toUpperCase()}`, async () => {
        await using server = await startTestServer(trial.options);
        assert.equal(await trial.hears(server), expected(code, protocol, trial));
      });
    }
  }
});
