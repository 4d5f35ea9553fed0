import type { ByteWriter } from './byte-writer.ts';
import { MESSAGE_ANNOTATIONS } from './descriptor.ts';
import { beginSection, decodeMapSection } from './message.ts';
import { SectionScan } from './section-scan.ts';
import { AmqpMap, AmqpSymbol, type AmqpValue } from './value.ts';
import { ValueDecoder } from './value-decoder.ts';
import { encodeMap } from './value-encoder.ts';

const scan = new SectionScan();

/**
 * Writes the message in `bytes[start, end)` with these message annotations (part 3, section 3.2.3) besides those that it has; equal names are
 * replaced. The sections around them stay as they are. Throws `AmqpDecodeError`, and has written nothing then.
 *
 *     header? delivery-annotations? │ message-annotations │ properties? … footer?
 */
export function writeAnnotated(
  writer: ByteWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  annotations: readonly [name: string, value: AmqpValue][],
): void {
  scan.scanToBody(bytes, start, end);
  const { messageAnnotationsStart: from, messageAnnotationsEnd: to } = scan;
  const names = new Set(annotations.map(([name]) => name));
  const known = from < 0 ? [] : decodeMapSection(bytes, from, to, new ValueDecoder()).entries;
  const kept = known.filter(([key]) => !(key instanceof AmqpSymbol && names.has(key.value)));
  const before = from >= 0 ? from : Math.max(start, scan.headerEnd, scan.deliveryAnnotationsEnd);
  writer.raw(bytes, start, before);
  beginSection(writer, MESSAGE_ANNOTATIONS);
  encodeMap(writer, new AmqpMap([...kept, ...annotations.map(([name, value]): [AmqpValue, AmqpValue] => [new AmqpSymbol(name), value])]));
  writer.raw(bytes, from >= 0 ? to : before, end);
}
