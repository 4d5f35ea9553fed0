import { emptyMessage, type Message } from '../message/message.ts';
import type { Log } from '../store/log.ts';
import { readStored, storeStoredAtMs } from '../store/records.ts';
import type { QueueIndex } from './queue-index.ts';

/**
 * Reads the messages of a queue from the log, in order, as a restart does; `visit` gets each for the time of the call, `done` comes after the last, in
 * this turn or a later one. One that cannot be read is passed over: the log has reported it.
 */
export function readEntries(
  index: QueueIndex,
  log: Log,
  visit: (message: Message, sequence: number, storedAtMs: number) => void,
  done: () => void,
): void {
  const message = emptyMessage();
  const from = (start: number): void => {
    for (let sequence = index.next(start); sequence < index.tail; sequence = index.next(sequence + 1)) {
      const view = log.view(index.position(sequence));
      if (view === undefined) {
        const at = sequence;
        log.load(index.position(at), error => from(error ? at + 1 : at));
        return;
      }
      readStored(message, view.bytes, view.start, view.end);
      visit(message, sequence, storeStoredAtMs(view.bytes, view.start));
    }
    done();
  };
  from(0);
}
