import { invalidField, malformed } from './decode-error.ts';
import { descriptorCode, TRANSFER } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { DESCRIBED, ULONG_SMALL } from './format-code.ts';
import { DELIVERY_TAG_BYTES_MAX } from './limits.ts';
import { type DeliveryState, deliveryStateField } from './performative/delivery-state.ts';

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
