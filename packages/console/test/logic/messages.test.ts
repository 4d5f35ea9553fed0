import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CounterRate } from '../../src/logic/counter-rate.ts';
import {
  bodyBytes,
  bodyForms,
  deadLetterWords,
  glimpse,
  HEX_SHOWN_MAX,
  hexDump,
  shownBody,
  TEXT_SHOWN_MAX,
  valueWords,
} from '../../src/logic/message-body.ts';
import { messageForm, messageOf, sendCommands } from '../../src/logic/message-form.ts';
import { settingTitle, settingWords } from '../../src/logic/setting-words.ts';
import { wordsOf } from './shell-words.ts';

const PLACE = { space: 'default', address: 'orders', url: 'http://h/m', count: 1 };

describe('the body of a message', () => {
  test('is shown as what it is: JSON, text or bytes', () => {
    assert.deepEqual(bodyForms({ body: { a: 1 }, bodyEncoding: 'json' }), ['json', 'text', 'hex']);
    assert.deepEqual(bodyForms({ body: '{"a":1}', bodyEncoding: 'text' }), ['json', 'text', 'hex'], 'a text that is JSON');
    assert.deepEqual(bodyForms({ body: '{a', bodyEncoding: 'text' }), ['text', 'hex']);
    assert.deepEqual(bodyForms({ body: '12', bodyEncoding: 'text' }), ['text', 'hex']);
    assert.deepEqual(bodyForms({ body: '/w==', bodyEncoding: 'base64' }), ['hex']);
    assert.equal(shownBody({ body: '{"a":1}', bodyEncoding: 'text' }, 'json').text, '{\n  "a": 1\n}');
  });

  test('has its bytes beside their letters', () => {
    assert.deepEqual([...bodyBytes({ body: '/wA=', bodyEncoding: 'base64' })], [0xff, 0]);
    assert.equal(
      hexDump(new TextEncoder().encode('Hello world of bytes')),
      '00000000  48 65 6c 6c 6f 20 77 6f  72 6c 64 20 6f 66 20 62  |Hello world of b|\n' +
        '00000010  79 74 65 73                                       |ytes|',
    );
  });

  test('says what is left out of it', () => {
    const long = { body: 'x'.repeat(TEXT_SHOWN_MAX + 5), bodyEncoding: 'text' } as const;
    assert.equal(shownBody(long, 'text').leftOut, 5);
    assert.equal(shownBody(long, 'hex').leftOut, TEXT_SHOWN_MAX + 5 - HEX_SHOWN_MAX);
    assert.equal(shownBody({ body: 'x', bodyEncoding: 'text' }, 'text').leftOut, 0);
  });

  test('is one line in a list', () => {
    assert.equal(glimpse({ body: 'two\n  lines', bodyEncoding: 'text' }), 'two lines');
    assert.equal(glimpse({ body: '/wA=', bodyEncoding: 'base64' }), '2 bytes');
    assert.equal(glimpse({}), '');
  });

  test('comes with properties that say their types', () => {
    assert.deepEqual(valueWords('7'), { text: '7', type: 'string' });
    assert.deepEqual(valueWords(7), { text: '7', type: 'number' });
    assert.deepEqual(valueWords({ type: 'timestamp', value: '2026-01-02T03:04:05Z' }), { text: '2026-01-02T03:04:05Z', type: 'timestamp' });
  });
});

test('a dead letter says why it is one', () => {
  const annotations = {
    'x-opt-dead-letter-reason': 'rejected',
    'x-opt-dead-letter-origin': 'orders',
    'x-opt-dead-letter-description': 'no total',
  };
  assert.equal(deadLetterWords({ annotations }), 'rejected at orders: no total');
  assert.equal(
    deadLetterWords({ annotations: { 'x-opt-dead-letter-reason': 'attempts', 'x-opt-dead-letter-origin': 'a' } }),
    'all attempts failed at a',
  );
  assert.equal(deadLetterWords({}), '');
});

describe('a message that is sent again', () => {
  test('is as it was, but for its id', () => {
    const sent = {
      body: { a: 1 },
      bodyEncoding: 'json',
      contentType: 'application/json',
      subject: 'eu',
      messageId: 'm1',
      correlationId: { type: 'ulong', value: '7' },
      durable: false,
      priority: 7,
      ttl: 5000,
      properties: { n: 5, t: { type: 'timestamp', value: '2026-01-02T03:04:05Z' }, yes: true },
      annotations: { 'x-opt-dead-letter-reason': 'rejected' },
    } as const;
    const { messageId: _id, annotations: _annotations, ...rest } = sent;
    assert.deepEqual(messageOf(messageForm(sent)), { ...rest, ttl: '5000ms' });
  });

  test('is refused with the reason where its body is not what it says', () => {
    const form = { ...messageForm(), body: '{', bodyEncoding: 'json' } as const;
    assert.match(messageOf(form) as string, /^The body is not JSON: /);
  });
});

describe('the command that sends a message', () => {
  test('is ours where that has an option for everything', () => {
    const message = { body: "it's", bodyEncoding: 'text', ttl: '5s', durable: false, properties: { colour: 'red', size: 5 } } as const;
    assert.deepEqual(wordsOf(sendCommands(message, { ...PLACE, count: 3 })[0]!), [
      ...['angarium', 'send', 'orders', "it's", '--ttl', '5s'],
      ...['--property', 'colour=red', '--property', 'size:=5', '--no-durable', '--count', '3'],
    ]);
  });

  test('is curl with the very message where it has not', () => {
    const message = { body: 'x', bodyEncoding: 'text', subject: 'eu' } as const;
    const words = wordsOf(sendCommands(message, { ...PLACE, count: 2 })[0]!);
    assert.deepEqual([words[0], words.at(-1)], ['curl', 'http://h/m?batch=json']);
    assert.deepEqual(JSON.parse(words[4]!), [message, message]);
  });
});

describe('settings', () => {
  test('stand with their units', () => {
    assert.equal(`${settingTitle('ttlMaxMs')}: ${settingWords('ttlMaxMs', 90_000)}`, 'TTL max: 90 s');
    assert.equal(settingWords('ageMs', 7 * 86_400_000), '7 d');
    assert.equal(settingWords('bytesMax', 1_048_576), '1 MiB');
    assert.equal(settingWords('messagesMax', 10_000), '10,000');
    assert.equal(settingWords('redelivery', { attemptsMax: 3, delayMs: 500 }), 'attempts max 3, delay 500 ms');
    assert.equal(settingWords('aliases', ['a', 'b']), 'a, b');
  });
});

test('the rate of a counter is that between two looks', () => {
  const rate = new CounterRate();
  rate.take(100, 1000);
  assert.equal(rate.history.latest, 0, 'what was before the first look is no rate');
  rate.take(150, 3000);
  rate.take(150, 3000);
  assert.equal(rate.history.latest, 25);
});
