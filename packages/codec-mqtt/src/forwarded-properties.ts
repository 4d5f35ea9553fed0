import type { ByteWriter } from './byte-writer.ts';

/**
 * Writes the properties of a PUBLISH that go on with the message unaltered (sections 3.3.2.3.2 to 3.3.2.3.9): all but the topic alias
 * and the subscription identifiers, which belong to the connection it came by. The message expiry interval is replaced by
 * `messageExpiryInterval` seconds [MQTT-3.3.2-6]; -1: left out. The source is what a `PublishReader` has found to be well formed,
 * `bytes[start, end)`, without its length; nor is one written.
 */
export function writeForwardedProperties(
  writer: ByteWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  messageExpiryInterval: number,
): void {
  let at = start;
  while (at < end) {
    const id = bytes[at]!;
    const next = propertyEnd(bytes, at);
    if (id === 0x02) {
      if (messageExpiryInterval >= 0) {
        writer.u8(id);
        writer.u32(messageExpiryInterval);
      }
    } else if (id !== 0x0b && id !== 0x23) {
      writer.raw(bytes, at, next);
    }
    at = next;
  }
}

/** The offset after the property that begins at `at`: each property of a PUBLISH by its type (section 3.3.2.3). */
function propertyEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0x01:
      return at + 2;
    case 0x02:
      return at + 5;
    case 0x0b: {
      let next = at + 1;
      while (bytes[next]! > 0x7f) next++;
      return next + 1;
    }
    case 0x23:
      return at + 3;
    case 0x26:
      return spanEnd(bytes, spanEnd(bytes, at + 1));
    default:
      return spanEnd(bytes, at + 1);
  }
}

function spanEnd(bytes: Uint8Array, at: number): number {
  return at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
}
