import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { confirmed, History, writtenLast } from './history.ts';

/** Begun at 10, and now at 20 and at 30. */
function history(): History<string> {
  const states = new History('begun');
  states.push('on', 10);
  states.push('off', 20);
  return states;
}

describe('what a crash may leave of a history', () => {
  test('is every state that was on its way to the disk', () => {
    assert.deepEqual(history().survivors(25), ['begun', 'on', 'off']);
    assert.deepEqual(history().survivors(20), ['begun', 'on']);
    assert.deepEqual(history().survivors(10), ['begun']);
  });

  test('is the last state for certain when all of it is written', () => {
    const states = history();
    states.written(25);
    assert.deepEqual(states.survivors(25), ['off']);
    assert.deepEqual(states.survivors(24), ['begun', 'on', 'off']);
  });

  test('is exact where the last record says it', () => {
    const states = history();
    writtenLast([states.push('gone', 29)], 40);
    assert.deepEqual(states.survivors(39).at(-1), 'off');
    assert.deepEqual(states.survivors(40), ['gone']);
  });

  test('is nothing before what was confirmed', () => {
    const states = history();
    const step = states.push('gone', 29);
    confirmed([step], 35);
    assert.deepEqual(states.survivors(35), ['gone']);
    assert.throws(() => confirmed([states.push('back', 50)], 50), /on disk/);
  });

  test('may be what nobody misses, before that is written', () => {
    const states = history();
    states.push('gone', 29, true);
    assert.deepEqual(states.survivors(25), ['begun', 'on', 'off', 'gone']);
  });
});
