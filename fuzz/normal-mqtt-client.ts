import mqtt from 'mqtt';
import type { Target } from './raw-socket.ts';

const TOPIC = 'normal-mqtt-client/topic';
const MESSAGES = 20;
const TIMEOUT_MS = 10_000;

/** What a client that means well does: it publishes some messages with QoS 1, and receives them in order. */
export async function publishAndReceive({ host, port }: Target): Promise<void> {
  const client = await mqtt.connectAsync({ host, port, reconnectPeriod: 0, connectTimeout: TIMEOUT_MS });
  const received: string[] = [];
  const all = Promise.withResolvers<void>();
  const timer = setTimeout(() => all.reject(new Error(`received ${received.join(', ')} in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  client.on('message', (_topic, payload) => {
    received.push(payload.toString());
    if (received.length === MESSAGES) all.resolve();
  });
  client.on('error', all.reject);
  try {
    await client.subscribeAsync(TOPIC, { qos: 1 });
    await Promise.all(Array.from({ length: MESSAGES }, (_, i) => client.publishAsync(TOPIC, String(i), { qos: 1 })));
    await all.promise;
    if (received.some((body, i) => body !== String(i))) throw new Error(`received ${received.join(', ')}`);
  } finally {
    clearTimeout(timer);
    await client.endAsync();
  }
}
