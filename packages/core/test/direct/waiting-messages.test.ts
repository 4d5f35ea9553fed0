import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_SOURCE } from '../../src/direct/direct-producer.ts';
import { WaitingMessages } from '../../src/direct/waiting-messages.ts';
import { textMessage } from '../support/text-message.ts';

test('what waits comes out in order, and its bytes are counted', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ pushed: fc.nat(2000), shifted: fc.nat(2000) }), { maxLength: 6 }), rounds => {
      const waiting = new WaitingMessages();
      const messages = ['', 'a', 'four'].map(text => textMessage(text));
      let pushed = 0;
      let shifted = 0;
      let sizeBytes = 0;
      const sizeOf = (token: number) => messages[token % 3]!.end - messages[token % 3]!.start;
      for (const round of rounds) {
        for (let i = 0; i < round.pushed; i++, pushed++) {
          waiting.push({ message: messages[pushed % 3]!, source: NO_SOURCE, token: pushed });
          sizeBytes += sizeOf(pushed);
        }
        for (let i = 0; i < round.shifted && shifted < pushed; i++, shifted++) {
          assert.equal(waiting.shift().token, shifted);
          sizeBytes -= sizeOf(shifted);
        }
        assert.equal(waiting.size, pushed - shifted);
        assert.equal(waiting.sizeBytes, sizeBytes);
      }
    }),
    { numRuns: 50 },
  );
});

test('a backlog that never gets empty does not keep the room of what has left it', () => {
  const waiting = new WaitingMessages();
  const one = { message: textMessage('x'), source: NO_SOURCE, token: 0 };
  waiting.push(one);
  for (let i = 0; i < 100_000; i++) {
    waiting.push(one);
    waiting.shift();
  }
  assert.equal(waiting.size, 1);
  assert.ok(waiting.room <= 4096, `${waiting.room} places for one message`);
});
