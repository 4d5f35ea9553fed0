import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMessage } from '@angarium/core';
import { startTestServer } from '@angarium/testkit';
import { httpLimits } from '../src/limits.ts';
import type { HttpProblem } from '../src/problem.ts';
import { SharedProducer } from '../src/shared-producer.ts';
import { AmqpClient } from './support/amqp-client.ts';
import { declare } from './support/http-client.ts';

test('504 outcome-unknown: a sender is answered when its consumer settles nothing for too long', async () => {
  await using server = await startTestServer();
  await declare(server, 'direct', { type: 'anycast' });
  await using client = await AmqpClient.connect(server);
  const arrived = Promise.withResolvers<void>();
  await client.receiver('direct', () => arrived.resolve());
  const turn = { nowMs: 1000, deferNext: (task: { run(): void }) => setImmediate(() => task.run()) };
  const space = server.broker.spaces.get('default')!;
  const producer = new SharedProducer(space, 'direct', turn as never, httpLimits({ outcomeTimeoutMs: 5000 }), () => {});
  assert.equal(producer.attach(), undefined);
  const refused: HttpProblem[] = [];
  producer.send(emptyMessage(), { settled: () => assert.fail('it was not settled'), refused: problem => refused.push(problem) }, 60_000);
  await arrived.promise;
  producer.tick(5999);
  assert.equal(refused.length, 0);
  producer.tick(6000);
  assert.deepEqual([refused[0]?.status, refused[0]?.code, producer.size], [504, 'outcome-unknown', 0]);
  producer.stop(refused[0]!);
});
