import { DELIVERY_ANNOTATIONS, descriptorCode, MESSAGE_ANNOTATIONS, PROPERTIES } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { DESCRIBED, LIST_8, NULL, ULONG_SMALL } from './format-code.ts';
import { findInMap } from './map-search.ts';
import { readScalar } from './scalar-value.ts';
import { sectionEnd, sectionValueStart } from './section-scan.ts';

/** Where these stand in the properties (part 3, section 3.2.4). */
const ABSOLUTE_EXPIRY_TIME_INDEX = 8;
const GROUP_ID_INDEX = 10;

/**
 * What a message says of when and with whom it wants to be delivered, in the sections after its header: the annotations that clients agreed on, and
 * of its properties when it expires, and whether there is a group-id.
 *
 *     delivery-annotations?  message-annotations? { x-opt-delivery-time: ms since the epoch, x-opt-delivery-delay: ms }
 *     properties? [ … absolute-expiry-time  creation-time  group-id … ]
 */
export class DeliveryTerms {
  /** Milliseconds since the epoch; -1: not said. */
  timeMs = -1;
  /** Milliseconds from now on; -1: not said. */
  delayMs = -1;
  /** When it expires, in milliseconds since the epoch; -1: not said. */
  expiryMs = -1;
  grouped = false;
  readonly #fields = new FieldReader();

  /** Reads them in the message's `bytes[start, end)` after its header section. Throws `AmqpDecodeError`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.timeMs = -1;
    this.delayMs = -1;
    this.expiryMs = -1;
    this.grouped = false;
    let at = start;
    let section = codeAt(bytes, at, end);
    if (section === DELIVERY_ANNOTATIONS) {
      at = sectionEnd(bytes, at, end, section);
      section = codeAt(bytes, at, end);
    }
    if (section === MESSAGE_ANNOTATIONS) {
      const value = sectionValueStart(bytes, at, end);
      this.timeMs = millisecondsIn(bytes, value, end, 'x-opt-delivery-time');
      this.delayMs = millisecondsIn(bytes, value, end, 'x-opt-delivery-delay');
      at = sectionEnd(bytes, at, end, section);
      section = codeAt(bytes, at, end);
    }
    if (section === PROPERTIES) this.#readProperties(bytes, at, end);
  }

  #readProperties(bytes: Uint8Array, at: number, end: number): void {
    // Most messages have no field as far back, which their list's count tells: 00 53 73 c0 size count.
    if (bytes[at + 1] === ULONG_SMALL && bytes[at + 3] === LIST_8 && at + 5 < end && bytes[at + 5]! <= ABSOLUTE_EXPIRY_TIME_INDEX) return;
    const fields = this.#fields;
    fields.begin(bytes, at, end);
    if (fields.left <= ABSOLUTE_EXPIRY_TIME_INDEX) return;
    let index = 0;
    for (; index < ABSOLUTE_EXPIRY_TIME_INDEX; index++) fields.skip();
    this.expiryMs = millisecondsAt(bytes, fields.at, fields.end);
    if (fields.left <= GROUP_ID_INDEX - ABSOLUTE_EXPIRY_TIME_INDEX) return;
    for (; index < GROUP_ID_INDEX; index++) fields.skip();
    this.grouped = fields.at < fields.end && bytes[fields.at] !== NULL;
  }
}

/** The section's code; 0 where there is none. */
function codeAt(bytes: Uint8Array, at: number, end: number): number {
  if (end - at > 2 && bytes[at] === DESCRIBED && bytes[at + 1] === ULONG_SMALL) return bytes[at + 2]!;
  return at < end ? Math.max(descriptorCode(bytes, at, end), 0) : 0;
}

function millisecondsIn(bytes: Uint8Array, map: number, end: number, name: string): number {
  return millisecondsAt(bytes, findInMap(bytes, map, end, name), end);
}

/** Negative ones are 0, those beyond the safe integers the last of these; -1: not there, or no number. */
function millisecondsAt(bytes: Uint8Array, at: number, end: number): number {
  const value = at < 0 || at >= end ? undefined : readScalar(bytes, at, end);
  if (typeof value === 'bigint') return value > 0n ? Number.MAX_SAFE_INTEGER : 0;
  return typeof value === 'number' && !Number.isNaN(value) ? Math.min(Math.max(Math.trunc(value), 0), Number.MAX_SAFE_INTEGER) : -1;
}
