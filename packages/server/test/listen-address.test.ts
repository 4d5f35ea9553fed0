import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../src/duration.ts';
import { endpointUrl, isLoopback, parseListenAddress } from '../src/listen-address.ts';

test('a port alone listens on loopback; hosts may be names, IPv4 and IPv6', () => {
  assert.deepEqual(parseListenAddress('5672'), { host: '127.0.0.1', port: 5672 });
  assert.deepEqual(parseListenAddress('0.0.0.0:0'), { host: '0.0.0.0', port: 0 });
  assert.deepEqual(parseListenAddress('[::1]:5672'), { host: '::1', port: 5672 });
  assert.deepEqual(parseListenAddress('broker.example:80'), { host: 'broker.example', port: 80 });
  assert.equal(parseListenAddress('off'), undefined);
});

test('what is no address to listen on is refused', () => {
  for (const text of ['', ':5672', 'localhost', 'localhost:', '65536', '1.5', '-1', 'localhost:http']) {
    assert.throws(() => parseListenAddress(text), RangeError, text);
  }
});

test('loopback is 127.0.0.0/8, ::1, both in each other’s clothes, and localhost', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost']) assert.equal(isLoopback(host), true, host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::ffff:10.0.0.1', '127.example.com', 'localhost.example.com', '']) {
    assert.equal(isLoopback(host), false, host);
  }
});

test('an endpoint is named so that it can be connected to', () => {
  assert.equal(endpointUrl('amqp', '127.0.0.1', 1), 'amqp://127.0.0.1:1');
  assert.equal(endpointUrl('amqp', '0.0.0.0', 1), 'amqp://127.0.0.1:1');
  assert.equal(endpointUrl('http', '::', 1), 'http://[::1]:1');
  assert.equal(endpointUrl('http', 'broker.example', 1), 'http://broker.example:1');
});

test('a duration has a unit', () => {
  assert.equal(parseDuration('500ms'), 500);
  assert.equal(parseDuration('1.5s'), 1500);
  assert.equal(parseDuration('2m'), 120_000);
  assert.equal(parseDuration('1h'), 3_600_000);
  assert.equal(parseDuration('7d'), 604_800_000);
  for (const text of ['', '10', 's', '-1s', '1 s', '1w', '1e3s']) assert.equal(parseDuration(text), undefined, text);
});
