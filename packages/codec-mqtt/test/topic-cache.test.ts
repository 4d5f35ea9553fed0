import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CACHED_TOPIC_BYTES_MAX, REASON, TopicCache } from '../src/index.ts';
import { anyTopicName } from './arbitraries.ts';
import { refused } from './expect.ts';

function textOf(cache: TopicCache, name: string): string {
  const content = Buffer.from(name);
  const bytes = new Uint8Array(content.length + 6).fill(0x2f);
  bytes.set(content, 3);
  const text = cache.text(bytes, 3, 3 + content.length);
  // What is kept may not point into the chunk.
  bytes.fill(0);
  return text;
}

test('a name comes out as it went in, however few places there are', () => {
  for (const places of [1, 4, 1024]) {
    const cache = new TopicCache(places);
    fc.assert(
      fc.property(fc.array(anyTopicName, { maxLength: 12 }), names => {
        for (const name of [...names, ...names]) assert.equal(textOf(cache, name), name);
      }),
    );
  }
});

test('names that differ in one character, or in length, are kept apart', () => {
  const cache = new TopicCache(1);
  for (const name of ['a/b', 'a/c', 'b/c', 'a', '', 'ab', 'a/b']) assert.equal(textOf(cache, name), name);
});

test('names of any length are taken', () => {
  const cache = new TopicCache();
  for (const size of [CACHED_TOPIC_BYTES_MAX, CACHED_TOPIC_BYTES_MAX + 1, 65_535])
    assert.equal(textOf(cache, 'a'.repeat(size)).length, size);
});

test('what is no text is refused each time', () => {
  const cache = new TopicCache();
  for (let time = 0; time < 2; time++) {
    refused(() => cache.text(Uint8Array.of(0x61, 0xff), 0, 2), REASON.malformedPacket, /UTF-8/);
    refused(() => cache.text(Uint8Array.of(0x61, 0x00), 0, 2), REASON.malformedPacket, /U\+0000/);
  }
});

test('the places are a power of two', () => {
  for (const places of [0, -1, 3, 1000]) assert.throws(() => new TopicCache(places), RangeError);
});
