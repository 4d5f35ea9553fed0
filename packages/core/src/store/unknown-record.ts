import { ENCODING_MQTT } from '../message/message.ts';
import type { RecordView } from './log.ts';
import { RECORD_IN_UNIT, RECORD_KIND_MAX, RECORD_STORE, storeFlagsUnknown } from './records.ts';

/** What the record has that only a newer version can have written, in words; undefined: this one knows all of it. */
export function unknownInRecord({ kind, bytes, start }: RecordView): string | undefined {
  const plain = kind & ~RECORD_IN_UNIT;
  if (plain === 0 || plain > RECORD_KIND_MAX) return `a record of kind ${plain}`;
  if (plain !== RECORD_STORE) return undefined;
  const flags = storeFlagsUnknown(bytes, start);
  if (flags !== 0) return `a message with the flags ${flags}`;
  const encoding = bytes[start + 1]!;
  return encoding > ENCODING_MQTT ? `a message of encoding ${encoding}` : undefined;
}
