import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type LoggerOptions } from '../src/logger.ts';

function written(options: Partial<LoggerOptions>, write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ level: 'info', format: 'auto', terminal: false, stream: { write: line => void lines.push(line) }, ...options }));
  return lines.join('');
}

test('for programs, a line is JSON with level, time and message', () => {
  const line = JSON.parse(written({}, logger => logger.warn({ peer: '127.0.0.1:1' }, 'what happened')));
  assert.equal(line.level, 'warn');
  assert.equal(line.msg, 'what happened');
  assert.equal(line.peer, '127.0.0.1:1');
  assert.ok(!Number.isNaN(Date.parse(line.time)));
});

test('for people, a line is short, and an error has its stack', () => {
  const text = written({ terminal: true }, logger => {
    logger.info({ peer: '127.0.0.1:1', times: 3 }, 'what happened');
    logger.error({ err: new Error('on purpose') }, 'it failed');
  });
  assert.match(text, /^\d\d:\d\d:\d\d\.\d{3} info {2}what happened {2}peer=127\.0\.0\.1:1 {2}times=3\n/);
  assert.match(text, /error it failed\nError: on purpose\n {4}at /);
});

test('lines below the level are not written', () => {
  assert.equal(
    written({ level: 'error' }, logger => logger.warn('x')),
    '',
  );
  assert.equal(
    written({ level: 'silent' }, logger => logger.error('x')),
    '',
  );
});
