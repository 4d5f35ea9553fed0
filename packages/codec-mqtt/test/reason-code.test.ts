import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CONNECT_RETURN_CODES,
  mayCarry,
  REASON,
  REASON_CODE_SECTIONS,
  REASON_CODES,
  type ReasonedKind,
  reasonCodeName,
} from '../src/index.ts';

/** How many reason codes each packet's own section lists. */
const COUNTS: Readonly<Record<ReasonedKind, number>> = {
  connack: 22,
  puback: 9,
  pubrec: 9,
  pubrel: 2,
  pubcomp: 2,
  suback: 12,
  unsuback: 7,
  disconnect: 30,
  auth: 3,
};

for (const [kind, section] of Object.entries(REASON_CODE_SECTIONS) as [ReasonedKind, string][]) {
  test(`[${section}] a ${kind} has ${COUNTS[kind]} reason codes`, () => {
    const codes = Array.from({ length: 256 }, (_, code) => code).filter(code => mayCarry(kind, code));
    assert.equal(codes.length, COUNTS[kind]);
    for (const code of codes) assert.ok(REASON_CODES[code]!.packets.includes(kind));
  });
}

test('[2.4] every reason code has one name in code and one in words', () => {
  assert.deepEqual(
    Object.values(REASON).toSorted((a, b) => a - b),
    Object.keys(REASON_CODES).map(Number),
  );
  assert.equal(new Set(Object.values(REASON_CODES).map(({ name }) => name)).size, Object.keys(REASON_CODES).length);
});

test('[2.4] zero has another name where it means something else', () => {
  assert.equal(reasonCodeName('connack', 0), 'Success');
  assert.equal(reasonCodeName('suback', 0), 'Granted QoS 0');
  assert.equal(reasonCodeName('disconnect', 0), 'Normal disconnection');
  assert.equal(reasonCodeName('disconnect', 0x8e), 'Session taken over');
  assert.equal(reasonCodeName('puback', 0xff), '0xFF');
});

test('[3.2.2.3] of 3.1.1: there are six return codes', () => {
  assert.equal(CONNECT_RETURN_CODES.length, 6);
});
