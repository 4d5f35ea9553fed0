import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DELIVERIES_PER_TURN_MAX, type Reading, TurnShare } from '../../src/limits/turn-share.ts';
import { MODEST_MS, REST_MS, TURNS_UNTIL_REST, TurnShares } from '../../src/limits/turn-shares.ts';
import { TURN_BYTES_MAX } from '../../src/limits/used-share.ts';
import { ManualTurn } from '../support/manual-turn.ts';

const CHUNK_BYTES = TURN_BYTES_MAX;

/** A connection with so many chunks to give, all at once. */
class Flood implements Reading {
  taken = 0;
  #left: number;
  readonly #share: TurnShare;

  constructor(share: TurnShare, chunks: number) {
    this.#share = share;
    this.#left = chunks;
  }

  readOn(): void {
    while (this.#left > 0) {
      this.#left--;
      this.taken++;
      this.#share.charge(0, CHUNK_BYTES);
      if (this.#share.rests(this)) return;
    }
  }
}

/** Two spaces, of which the second has spoken. */
function beside() {
  const turn = new ManualTurn();
  const shares = new TurnShares(turn);
  const [one, other] = [new TurnShare(shares), new TurnShare(shares)];
  other.charge(1, 100);
  return { turn, one, other };
}

describe('what spaces read in a turn', () => {
  test('a space that is alone reads all there is', () => {
    const share = new TurnShare(new TurnShares(new ManualTurn()));
    const flood = new Flood(share, 100);
    flood.readOn();
    assert.equal(flood.taken, 100);
  });

  test('beside another space each has its share, and all of it is read in the end', () => {
    const { turn, one } = beside();
    const flood = new Flood(one, 5);
    flood.readOn();
    assert.equal(flood.taken, 1);
    // This turn ends, and the next one goes on.
    turn.runOne();
    turn.runOne();
    assert.equal(flood.taken, 2);
    turn.runAll();
    turn.advance(REST_MS);
    assert.equal(flood.taken, 5);
  });

  test('beside a space that says little it rests after some turns, and goes on by itself', () => {
    const { turn, one } = beside();
    const flood = new Flood(one, 100);
    flood.readOn();
    turn.runAll();
    assert.equal(flood.taken, TURNS_UNTIL_REST);
    assert.equal(turn.idle, true, 'the loop can sleep');
    turn.advance(REST_MS);
    assert.equal(flood.taken, 2 * TURNS_UNTIL_REST);
  });

  test('it does not rest where no other space has spoken just now', () => {
    const { turn, one } = beside();
    const flood = new Flood(one, 100);
    flood.readOn();
    turn.runAll();
    assert.ok(flood.taken < 100);
    turn.advance(MODEST_MS + 1);
    assert.equal(flood.taken, 100);
  });

  test('two that want more than their shares do not rest for each other', () => {
    const { turn, one, other } = beside();
    const floods = [new Flood(one, 100), new Flood(other, 100)];
    for (const flood of floods) flood.readOn();
    turn.runAll();
    assert.ok(floods.every(({ taken }) => taken < 100));
    turn.advance(MODEST_MS + 1);
    assert.deepEqual(
      floods.map(({ taken }) => taken),
      [100, 100],
    );
  });

  test('a rest of the greedy is none of the modest', () => {
    const { turn, one, other } = beside();
    new Flood(one, 100).readOn();
    turn.runAll();
    assert.equal(one.readable, 0);
    assert.ok(other.readable > 0);
    const modest = new Flood(other, 1);
    modest.readOn();
    assert.equal(modest.taken, 1);
  });

  test('connections of one space take turns', () => {
    const { turn, one } = beside();
    const floods = [new Flood(one, 9), new Flood(one, 9), new Flood(one, 9)];
    for (const flood of floods) flood.readOn();
    for (let turns = 0; turns < TURNS_UNTIL_REST; turns++) turn.runOne();
    assert.deepEqual(
      floods.map(({ taken }) => taken),
      [2, 2, 2],
    );
  });

  test('what is alone asks for no turn of its own', () => {
    const turn = new ManualTurn();
    const share = new TurnShare(new TurnShares(turn));
    share.charge(1, CHUNK_BYTES);
    turn.runOne();
    assert.equal(turn.idle, true);
  });

  test('a space that was silent for a second shares with nobody', () => {
    const { turn, one } = beside();
    turn.advance(1000);
    const flood = new Flood(one, 5);
    flood.readOn();
    assert.equal(flood.taken, 5);
  });

  test('beside another space deliveries have their share too, in messages and in bytes, whatever was read', () => {
    const turn = new ManualTurn();
    const shares = new TurnShares(turn);
    const [one, other] = [new TurnShare(shares), new TurnShare(shares)];
    assert.equal(one.deliverable, DELIVERIES_PER_TURN_MAX);
    other.charge(1, 100);
    one.charge(0, CHUNK_BYTES);
    const share = one.deliverable;
    assert.ok(share > 0 && share < DELIVERIES_PER_TURN_MAX);
    one.delivered(4, 4 * 128);
    assert.equal(one.deliverable, share - 4);
    one.delivered(1, CHUNK_BYTES);
    assert.equal(one.deliverable, 0);
    turn.runOne();
    assert.ok(one.deliverable > 0);
  });

  test('fewer large messages than small ones fit into a share', () => {
    const { turn, one } = beside();
    const small = { bytes: one.readable, messages: one.deliverable };
    for (let chunks = 0; chunks < 100; chunks++) {
      one.charge(1, CHUNK_BYTES / 2);
      one.delivered(1, CHUNK_BYTES / 2);
      turn.runOne();
    }
    assert.ok(one.deliverable < small.messages / 8);
    assert.ok(one.readable > small.bytes * 4, 'but more bytes of them');
  });

  test('what has more to deliver is run again when it may deliver more', () => {
    const { turn, one } = beside();
    const might: number[] = [];
    const queue = {
      deferred: false,
      run: () => {
        might.push(one.deliverable);
        one.delivered(one.deliverable, CHUNK_BYTES);
        if (might.length < 2 * TURNS_UNTIL_REST) one.deliverLater(queue);
      },
    };
    turn.defer(queue);
    turn.runAll();
    assert.equal(might.length, TURNS_UNTIL_REST);
    // Somebody wakes it meanwhile: it waits on.
    turn.defer(queue);
    turn.runAll();
    assert.equal(might.pop(), 0);
    turn.advance(REST_MS);
    assert.equal(might.length, 2 * TURNS_UNTIL_REST);
    assert.ok(
      might.every(count => count > 0),
      'never in vain',
    );
  });
});
