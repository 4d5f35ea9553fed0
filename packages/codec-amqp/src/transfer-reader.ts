import { invalidField, malformed } from './decode-error.ts';
import { descriptorCode, TRANSFER } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { BINARY_8, DESCRIBED, FALSE, LIST_8, LIST_32, NULL, TRUE, UINT, UINT_0, UINT_SMALL, ULONG_SMALL, uint32At } from './format-code.ts';
import { DELIVERY_TAG_BYTES_MAX } from './limits.ts';
import { type DeliveryState, deliveryStateField } from './performative/delivery-state.ts';

/** Below this size nothing is decided the quick way, so that the list's head can be read unchecked. */
const USUAL_BYTES_MIN = 12;

/** Whether the performative in `bytes[start, end)` is a transfer. Never throws. */
export function isTransfer(bytes: Uint8Array, start: number, end: number): boolean {
  return isPerformative(bytes, start, end, TRANSFER);
}

/** Whether the described value in `bytes[start, end)` has this descriptor: at once for `00 53 code`, by a look at it for all others. */
export function isPerformative(bytes: Uint8Array, start: number, end: number, code: number): boolean {
  if (end - start > 2 && bytes[start] === DESCRIBED && bytes[start + 1] === ULONG_SMALL) return bytes[start + 2] === code;
  return descriptorCode(bytes, start, end) === code;
}

/**
 * Reads transfers (part 2, section 2.7.5) one after the other into its own fields, and allocates nothing unless there is a state:
 *
 *     00 53 14  c0 size count  handle delivery-id delivery-tag message-format settled more
 *               rcv-settle-mode state resume aborted batchable
 */
export class TransferReader {
  handle = 0;
  /** -1: absent. */
  deliveryId = -1;
  /** The tag is `bytes[tagStart, tagEnd)`; empty when it is absent. */
  tagStart = 0;
  tagEnd = 0;
  messageFormat = 0;
  /** -1: absent, 0, 1. */
  settled = -1;
  more = false;
  /** -1: absent. */
  rcvSettleMode = -1;
  state: DeliveryState | undefined = undefined;
  resume = false;
  aborted = false;
  batchable = false;
  payloadStart = 0;
  readonly #fields = new FieldReader();

  /** Reads the transfer in the frame body `bytes[start, end)`. Throws `AmqpDecodeError`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#readUsual(bytes, start, end)) this.#readAny(bytes, start, end);
  }

  /**
   * Takes what nearly all clients send: up to six fields, in the encodings that are usual for them. Answers false, with nothing decided,
   * for everything else: what is rare, and what is wrong.
   */
  #readUsual(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < USUAL_BYTES_MIN || bytes[start] !== DESCRIBED || bytes[start + 1] !== ULONG_SMALL || bytes[start + 2] !== TRANSFER) {
      return false;
    }
    let at: number;
    let listEnd: number;
    let count: number;
    if (bytes[start + 3] === LIST_8) {
      at = start + 6;
      listEnd = start + 5 + bytes[start + 4]!;
      count = bytes[start + 5]!;
    } else if (bytes[start + 3] === LIST_32) {
      at = start + 12;
      listEnd = start + 8 + uint32At(bytes, start + 4);
      count = uint32At(bytes, start + 8);
    } else {
      return false;
    }
    if (listEnd > end || count < 4 || count > 6) return false;
    // From here on each field is taken only while the longest encoding that it may have fits the list.
    if (at + 5 > listEnd) return false;
    if (bytes[at] === UINT_SMALL) {
      this.handle = bytes[at + 1]!;
      at += 2;
    } else if (bytes[at] === UINT_0) {
      this.handle = 0;
      at += 1;
    } else if (bytes[at] === UINT) {
      this.handle = uint32At(bytes, at + 1);
      at += 5;
    } else {
      return false;
    }
    if (at + 5 > listEnd) return false;
    if (bytes[at] === UINT) {
      this.deliveryId = uint32At(bytes, at + 1);
      at += 5;
    } else if (bytes[at] === UINT_SMALL) {
      this.deliveryId = bytes[at + 1]!;
      at += 2;
    } else if (bytes[at] === UINT_0) {
      this.deliveryId = 0;
      at += 1;
    } else {
      return false;
    }
    if (at + 2 > listEnd || bytes[at] !== BINARY_8) return false;
    const tagStart = at + 2;
    const tagSize = bytes[at + 1]!;
    at = tagStart + tagSize;
    if (tagSize > DELIVERY_TAG_BYTES_MAX || at >= listEnd) return false;
    const tagEnd = at;
    // The message format is 0 but for foreign formats.
    if (bytes[at] === UINT_0 || bytes[at] === NULL) at += 1;
    else if (bytes[at] === UINT_SMALL && bytes[at + 1] === 0) at += 2;
    else return false;
    let settled = -1;
    if (count > 4) {
      if (at >= listEnd) return false;
      const format = bytes[at++]!;
      if (format === FALSE) settled = 0;
      else if (format === TRUE) settled = 1;
      else if (format !== NULL) return false;
    }
    let more = false;
    if (count > 5) {
      if (at >= listEnd) return false;
      const format = bytes[at++]!;
      if (format === TRUE) more = true;
      else if (format !== FALSE && format !== NULL) return false;
    }
    if (at !== listEnd) return false;
    this.tagStart = tagStart;
    this.tagEnd = tagEnd;
    this.messageFormat = 0;
    this.settled = settled;
    this.more = more;
    this.rcvSettleMode = -1;
    this.state = undefined;
    this.resume = false;
    this.aborted = false;
    this.batchable = false;
    this.payloadStart = listEnd;
    return true;
  }

  #readAny(bytes: Uint8Array, start: number, end: number): void {
    const fields = this.#fields;
    if (fields.begin(bytes, start, end) !== TRANSFER) throw malformed('this performative is no transfer');
    const handle = fields.uint(-1);
    if (handle < 0) throw fields.missing('handle');
    this.handle = handle;
    this.deliveryId = fields.uint(-1);
    fields.binarySpan();
    this.tagStart = fields.spanStart;
    this.tagEnd = fields.spanEnd;
    if (fields.spanEnd - fields.spanStart > DELIVERY_TAG_BYTES_MAX) {
      throw invalidField(`delivery-tag of transfer has more than ${DELIVERY_TAG_BYTES_MAX} bytes`);
    }
    this.messageFormat = fields.uint(0);
    this.settled = fields.boolean(-1);
    this.more = fields.boolean(0) === 1;
    if (fields.left === 0) {
      this.rcvSettleMode = -1;
      this.state = undefined;
      this.resume = false;
      this.aborted = false;
      this.batchable = false;
    } else {
      this.#readRare(fields);
    }
    fields.finish();
    this.payloadStart = fields.end;
  }

  #readRare(fields: FieldReader): void {
    this.rcvSettleMode = fields.ubyte(-1);
    if (this.rcvSettleMode > 1) throw fields.invalid('rcv-settle-mode', `is ${this.rcvSettleMode}`);
    this.state = deliveryStateField(fields);
    this.resume = fields.boolean(0) === 1;
    this.aborted = fields.boolean(0) === 1;
    this.batchable = fields.boolean(0) === 1;
  }
}
