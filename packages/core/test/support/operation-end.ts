import assert from 'node:assert/strict';
import { Refusal } from '../../src/delivery/refusal.ts';
import { ENCODING_AMQP } from '../../src/message/message.ts';
import type { MessageSelection } from '../../src/operations/message-selection.ts';
import type { Operation, OperationReport } from '../../src/operations/queue-operations.ts';
import type { QueuePlace } from '../../src/operations/queue-place.ts';
import { filledQueue } from './filled-queue.ts';
import type { RunningBroker, RunningBrokerOptions } from './running-broker.ts';
import { TEXT_ENCODING } from './text-encoding.ts';
import { textOf } from './text-message.ts';

/** `filledQueue`, whose messages have fields. */
export function filled(texts: readonly string[], options: RunningBrokerOptions = {}): RunningBroker {
  const running = filledQueue(texts, options);
  running.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
  return running;
}

export function place(running: RunningBroker, address = 'q', subscription?: string): QueuePlace {
  return { space: running.space, address, subscription };
}

/** For operations that are refused. */
export const NEVER = (): never => assert.fail('it does not begin');

/** What an operation ended with. */
export interface End {
  readonly report: OperationReport;
  readonly refusal: Refusal | undefined;
}

/** Runs the operation to its end, with all that it did on disk. */
export function ended(
  running: RunningBroker,
  begin: (end: (report: OperationReport, refusal?: Refusal) => void) => Operation | Refusal,
): End {
  const ends: End[] = [];
  const operation = begin((report, refusal) => ends.push({ report, refusal }));
  assert.ok(!(operation instanceof Refusal), operation instanceof Refusal ? operation.description : '');
  running.run();
  running.log.makeDurable();
  assert.equal(ends.length, 1, 'it ends once');
  return ends[0]!;
}

/** The messages of the selection, as texts. */
export function browsed(running: RunningBroker, selection: MessageSelection = {}, at = place(running)): string[] {
  const texts: string[] = [];
  ended(running, end =>
    running.broker.operations.browse(
      at,
      selection,
      ({ message }) => {
        texts.push(textOf(message));
        return true;
      },
      end,
    ),
  );
  return texts;
}

export function assertRefused(result: unknown, code: string, words: RegExp): void {
  assert.ok(result instanceof Refusal, JSON.stringify(result));
  assert.equal(result.code, code);
  assert.match(result.description, words);
}
