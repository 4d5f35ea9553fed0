import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Meter, Reading } from '@angarium/core';
import { ReadGate } from '../src/read-gate.ts';

/** Lets so many chunks through, and then has the reader rest until it is told. */
class StrictMeter {
  left: number;
  readable = Number.POSITIVE_INFINITY;
  resting: Reading | undefined;

  constructor(left: number) {
    this.left = left;
  }

  charge(): void {
    this.left--;
  }

  rests(reading: Reading): boolean {
    if (this.left > 0) return false;
    this.resting = reading;
    return true;
  }
}

test('what comes while a connection rests is taken in order, once it may read on', () => {
  const taken: number[] = [];
  let paused = false;
  const gate: ReadGate = new ReadGate({
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    take: chunk => receive(chunk),
  });
  const receive = (chunk: Uint8Array): void => {
    const admitted = gate.admit(chunk);
    if (admitted === undefined) return;
    taken.push(...admitted);
    gate.taken(admitted.length, 1);
  };
  const meter = new StrictMeter(2);
  gate.enter(meter as unknown as Meter);
  for (const byte of [1, 2, 3, 4]) receive(Uint8Array.of(byte));
  assert.deepEqual(taken, [1, 2]);
  assert.equal(paused, true);
  meter.left = 1;
  meter.resting!.readOn();
  assert.deepEqual(taken, [1, 2, 3]);
  assert.equal(paused, true, 'the fourth rests on');
  meter.left = 9;
  meter.resting!.readOn();
  assert.deepEqual(taken, [1, 2, 3, 4]);
  assert.equal(paused, false);
});

test('a chunk that comes when others have used up the share of its space waits, though its connection had not to rest', () => {
  const taken: number[] = [];
  const gate: ReadGate = new ReadGate({ pause() {}, resume() {}, take: chunk => receive(chunk) });
  const receive = (chunk: Uint8Array): void => {
    if (gate.admit(chunk) !== undefined) taken.push(chunk[0]!);
  };
  const meter = new StrictMeter(1);
  gate.enter(meter as unknown as Meter);
  meter.left = 0;
  receive(Uint8Array.of(1));
  assert.deepEqual(taken, []);
  meter.left = 1;
  meter.resting!.readOn();
  assert.deepEqual(taken, [1]);
});

test('of a chunk that is larger than what is left of the share, the beginning is taken, and the rest later', () => {
  const taken: number[] = [];
  const gate: ReadGate = new ReadGate({ pause() {}, resume() {}, take: chunk => receive(chunk) });
  const receive = (chunk: Uint8Array): void => {
    const admitted = gate.admit(chunk);
    if (admitted === undefined) return;
    taken.push(...admitted);
    gate.taken(admitted.length, 1);
  };
  const meter = new StrictMeter(1);
  meter.readable = 2;
  gate.enter(meter as unknown as Meter);
  receive(Uint8Array.of(1, 2, 3, 4, 5));
  receive(Uint8Array.of(6));
  assert.deepEqual(taken, [1, 2]);
  meter.left = 1;
  meter.resting!.readOn();
  assert.deepEqual(taken, [1, 2, 3, 4]);
  // From here on it has the loop to itself.
  meter.left = 9;
  meter.readable = Number.POSITIVE_INFINITY;
  meter.resting!.readOn();
  assert.deepEqual(taken, [1, 2, 3, 4, 5, 6]);
});
