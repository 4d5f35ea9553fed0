import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogLines } from '@angarium/testkit';
import { LogParts } from '../src/log-parts.ts';

test('each line says its part, and each part has a level of its own, which changes at once', () => {
  const log = new LogLines();
  log.logger.level = 'warn';
  const parts = new LogParts(log.logger, { mqtt: 'debug' });
  const say = (): void => {
    parts.report('mqtt')({ level: 'debug', what: 'from mqtt' });
    parts.report('amqp')({ level: 'info', what: 'from amqp' });
  };
  say();
  assert.deepEqual(
    log.lines.map(({ part, msg }) => [part, msg]),
    [['mqtt', 'from mqtt']],
  );
  parts.change({ mqtt: 'warn', amqp: 'info' });
  say();
  assert.deepEqual(
    log.lines.slice(1).map(({ part, msg }) => [part, msg]),
    [['amqp', 'from amqp']],
  );
  assert.equal(parts.levels.amqp, 'info');
  assert.equal(parts.levels.http, 'warn');
});

test('warnings and errors are counted by part, written or not', () => {
  const log = new LogLines();
  const parts = new LogParts(log.logger, { tls: 'silent' });
  parts.report('tls')({ level: 'warn', what: 'x' });
  parts.report('tls')({ level: 'info', what: 'x' });
  assert.deepEqual(log.lines, []);
  assert.equal(parts.problems('tls', 'warn'), 1);
  assert.equal(parts.problems('tls', 'error'), 0);
});
