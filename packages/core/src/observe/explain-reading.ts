import type { Stream } from '../stream/stream.ts';
import type { StreamReader } from '../stream/stream-reader.ts';
import type { ExplainedBy } from './explain-waiting.ts';
import type { Whereabouts } from './whereabouts.ts';
import { counted, duration, filterWords, listed } from './words.ts';

/** Readers that are named. */
const NAMED_MAX = 5;

/** Which readers of a stream have come to the message of this offset, and what keeps the others. */
export function explainReading(stream: Stream, offset: number, by: ExplainedBy): Whereabouts {
  const { index, name, readers } = stream;
  if (!index.has(offset)) {
    const words =
      offset >= index.tail
        ? `is not there: the next message of ${name} gets the offset ${index.tail}`
        : `is not kept any more: ${name} begins at ${index.head}`;
    return { reason: 'gone', words };
  }
  if (readers.size === 0) return { reason: 'no-consumer', words: `is kept: nobody reads ${name}` };
  const behind = [...readers].filter(({ place }) => place <= offset);
  const done = readers.size - behind.length;
  if (behind.length === 0)
    return { reason: 'read', words: `is kept: ${done === 1 ? 'the one reader is' : `all ${done} readers are`} done with it` };
  const words = listed(
    behind.map(reader => readerWords(stream, reader, offset, by)),
    NAMED_MAX,
  );
  return { reason: 'unread', words: `is kept: ${done} of ${counted(readers.size, 'reader')} are done with it; ${words}` };
}

function readerWords(stream: Stream, reader: StreamReader, offset: number, { fields, describe }: ExplainedBy): string {
  const { identity, place, consumers, filter } = reader;
  const [first] = consumers;
  const who = identity.name ?? (first && describe(first.port)?.name) ?? 'a reader';
  if (filter && fields && !filter.matches(fields)) return `${who} passes it over (${filterWords(filter, fields)})`;
  if (!first) return `${who} is away, at ${place}`;
  const able = [...consumers].some(consumer => consumer.able);
  const { credit, withoutCreditSinceMs } = first.standing;
  if (able) return `${who} is at ${place}`;
  if (credit > 0) return `${who} is at ${place}, and does not read what it was sent before`;
  return `${who} is at ${place}, without credit for ${duration(stream.shard.turn.nowMs - withoutCreditSinceMs)}${offset === place ? ', with this one next or unsettled' : ''}`;
}
