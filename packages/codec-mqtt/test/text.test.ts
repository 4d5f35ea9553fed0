import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkText, decodeText, REASON } from '../src/index.ts';
import { bytes, refused } from './expect.ts';

function decode(hexadecimal: string): string {
  const all = bytes(hexadecimal);
  return decodeText(all, 0, all.length);
}

const ILL_FORMED: readonly [what: string, hexadecimal: string][] = [
  ['a continuation byte alone', '80'],
  ['a character that is cut', 'c3'],
  ['a character of three bytes that is cut', 'e282'],
  ['a character of four bytes that is cut', 'f09f98'],
  ['a first byte that never comes', 'fe'],
  ['the slash in two bytes', 'c0af'],
  ['U+007F in two bytes', 'c1bf'],
  ['U+07FF in three bytes', 'e09fbf'],
  ['U+FFFF in four bytes', 'f08fbfbf'],
  ['the surrogate U+D800', 'eda080'],
  ['the surrogate U+DFFF', 'edbfbf'],
  ['a pair of surrogates', 'eda0bdedb880'],
  ['U+110000', 'f4908080'],
  ['something after U+10FFFF', 'f5808080'],
  ['an ASCII character in the middle', 'e24161'],
];

for (const [what, hexadecimal] of ILL_FORMED) {
  test(`[MQTT-1.5.4-1] (3.1.1: [MQTT-1.5.3-1]) ${what} is not well-formed UTF-8`, () => {
    for (const around of ['', '61']) refused(() => decode(`${around}${hexadecimal}${around}`), REASON.malformedPacket, /UTF-8/);
  });
}

test('[MQTT-1.5.4-2] (3.1.1: [MQTT-1.5.3-2]) U+0000 is refused', () => {
  for (const hexadecimal of ['00', '610062', 'c3a900']) refused(() => decode(hexadecimal), REASON.malformedPacket, /U\+0000/);
  refused(() => decode('c080'), REASON.malformedPacket, /UTF-8/);
});

test('[MQTT-1.5.4-3] (3.1.1: [MQTT-1.5.3-3]) U+FEFF is not taken off', () => {
  assert.equal(decode('efbbbf61'), '\ufeffa');
  assert.equal(decode('61efbbbf'), 'a\ufeff');
});

test('[1.5.4] control characters and non-characters are taken', () => {
  assert.equal(decode('011f7f'), '\u0001\u001f\u007f');
  assert.equal(decode('efbfbf'), '\uffff');
  assert.equal(decode('f48fbfbf'), '\u{10ffff}');
  assert.equal(decode('ed9fbf'), '\ud7ff');
});

test('the check agrees with the platform about any bytes', () => {
  const platform = new TextDecoder('utf-8', { fatal: true });
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(...ILL_FORMED.map(([, hexadecimal]) => bytes(hexadecimal))),
    fc.string({ unit: 'grapheme', maxLength: 4 }).map(text => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 4 }), chunks => {
      const all = new Uint8Array(Buffer.concat(chunks));
      const wellFormed = !all.includes(0) && isUtf8(platform, all);
      if (wellFormed) checkText(all, 0, all.length);
      else refused(() => checkText(all, 0, all.length), REASON.malformedPacket);
    }),
    { numRuns: 2000 },
  );
});

function isUtf8(platform: TextDecoder, all: Uint8Array): boolean {
  try {
    platform.decode(all);
    return true;
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return false;
  }
}
