import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type Operation, type OperationEnd, type OperationReport, Refusal } from '@angarium/core';
import { fastify } from 'fastify';
import { sendOperation } from '../../src/http/operation-stream.ts';

const REPORT: OperationReport = { total: 9, examined: 5, matched: 4, done: 3, skipped: 1, next: 5 };

interface OpenStream extends AsyncDisposable {
  /** The answer, whose body has begun or not. */
  readonly answer: Promise<IncomingMessage>;
  readonly end: OperationEnd;
  /** Resolves when the operation is cancelled. */
  readonly cancelled: Promise<void>;
}

/** A server whose only answer is an operation in the test's hand, and a client that asks for it. */
async function open(): Promise<OpenStream> {
  const app = fastify();
  const cancelled = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<OperationEnd>();
  const operation: Operation = { report: REPORT, cancel: () => cancelled.resolve() };
  app.get('/', (_request, reply) =>
    sendOperation(reply, end => {
      begun.resolve(end);
      return operation;
    }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const request = get({ host: '127.0.0.1', port: (app.server.address() as AddressInfo).port, agent: false });
  const answer = once(request, 'response').then(([response]) => response as IncomingMessage);
  const end = await begun.promise;
  return { answer, end, cancelled: cancelled.promise, [Symbol.asyncDispose]: () => app.close() };
}

async function lines(answer: IncomingMessage): Promise<unknown[]> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
}

test('an operation tells how far it is while it goes on, and then what it did', async () => {
  await using stream = await open();
  const answer = await stream.answer;
  const [first] = (await once(answer.setEncoding('utf8'), 'data')) as [string];
  assert.deepEqual(JSON.parse(first), { progress: REPORT });
  stream.end({ ...REPORT, done: 4 }, undefined);
  assert.deepEqual((await lines(answer)).at(-1), { result: { ...REPORT, done: 4 } });
});

test('what kept it from doing the rest is told beside what it did', async () => {
  await using stream = await open();
  stream.end(REPORT, new Refusal('queue-full', 'The address b is full.'));
  const [line] = await lines(await stream.answer);
  const { result, problem } = line as { result: object; problem: { code: string; title: string; detail: string } };
  assert.deepEqual(result, REPORT);
  assert.deepEqual([problem.code, problem.detail], ['queue-full', 'The address b is full.']);
  assert.match(problem.title, /holds as many/);
});

test('a client that goes away ends it', async () => {
  await using stream = await open();
  const answer = await stream.answer;
  await once(answer, 'data');
  answer.destroy();
  await stream.cancelled;
  stream.end(REPORT, undefined);
});
