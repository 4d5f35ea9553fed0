import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DELIVERIES_PER_TURN_MAX, type Reading, TURN_BYTES_MAX, TurnShare, TurnShares } from '../../src/limits/turn-share.ts';
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

describe('what spaces read in a turn', () => {
  test('a space that is alone reads all there is', () => {
    const share = new TurnShare(new TurnShares(new ManualTurn()));
    const flood = new Flood(share, 100);
    flood.readOn();
    assert.equal(flood.taken, 100);
  });

  test('beside another space each has its share, and all of it is read in the end', () => {
    const turn = new ManualTurn();
    const shares = new TurnShares(turn);
    const [one, other] = [new TurnShare(shares), new TurnShare(shares)];
    other.charge(1, 100);
    const flood = new Flood(one, 5);
    flood.readOn();
    assert.equal(flood.taken, 1);
    // This turn ends, and the next one goes on.
    turn.runOne();
    turn.runOne();
    assert.equal(flood.taken, 2);
    turn.runAll();
    assert.equal(flood.taken, 5);
  });

  test('connections of one space take turns', () => {
    const turn = new ManualTurn();
    const shares = new TurnShares(turn);
    const [one, other] = [new TurnShare(shares), new TurnShare(shares)];
    other.charge(1, 100);
    const floods = [new Flood(one, 9), new Flood(one, 9), new Flood(one, 9)];
    for (const flood of floods) flood.readOn();
    for (let turns = 0; turns < 7; turns++) turn.runOne();
    assert.deepEqual(
      floods.map(({ taken }) => taken),
      [3, 3, 3],
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
    const turn = new ManualTurn();
    const shares = new TurnShares(turn);
    const [one, other] = [new TurnShare(shares), new TurnShare(shares)];
    other.charge(1, 100);
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
    one.delivered(share / 2, 0);
    assert.equal(one.deliverable, share / 2);
    one.delivered(1, CHUNK_BYTES);
    assert.equal(one.deliverable, 0);
    turn.runOne();
    assert.equal(one.deliverable, share);
  });
});
