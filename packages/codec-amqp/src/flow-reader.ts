import { malformed } from './decode-error.ts';
import { FLOW } from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { isPerformative } from './transfer-reader.ts';
import { AmqpMap } from './value.ts';
import { decodeValue } from './value-decoder.ts';

/** Whether the performative in `bytes[start, end)` is a flow. Never throws. */
export function isFlow(bytes: Uint8Array, start: number, end: number): boolean {
  return isPerformative(bytes, start, end, FLOW);
}

/**
 * Reads flows (part 2, section 2.7.4) one after the other into its own fields; -1: absent. Of the properties only `txn-id` is looked for.
 *
 *     00 53 13  c0 size count  next-incoming-id incoming-window next-outgoing-id outgoing-window
 *               handle delivery-count link-credit available drain echo properties
 */
export class FlowReader {
  nextIncomingId = -1;
  incomingWindow = 0;
  nextOutgoingId = 0;
  outgoingWindow = 0;
  handle = -1;
  deliveryCount = -1;
  linkCredit = -1;
  available = -1;
  drain = false;
  echo = false;
  /** Its properties have a txn-id (part 4, section 4.4.3). */
  inTransaction = false;
  readonly #fields = new FieldReader();

  /** Reads the flow in the frame body `bytes[start, end)`. Throws `AmqpDecodeError`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    const fields = this.#fields;
    if (fields.begin(bytes, start, end) !== FLOW) throw malformed('this performative is no flow');
    this.nextIncomingId = fields.uint(-1);
    const incomingWindow = fields.uint(-1);
    if (incomingWindow < 0) throw fields.missing('incoming-window');
    this.incomingWindow = incomingWindow;
    const nextOutgoingId = fields.uint(-1);
    if (nextOutgoingId < 0) throw fields.missing('next-outgoing-id');
    this.nextOutgoingId = nextOutgoingId;
    const outgoingWindow = fields.uint(-1);
    if (outgoingWindow < 0) throw fields.missing('outgoing-window');
    this.outgoingWindow = outgoingWindow;
    this.handle = fields.uint(-1);
    this.deliveryCount = fields.uint(-1);
    this.linkCredit = fields.uint(-1);
    this.available = fields.uint(-1);
    this.drain = fields.boolean(0) === 1;
    this.echo = fields.boolean(0) === 1;
    const properties = fields.skip();
    this.inTransaction = properties >= 0 && hasTransactionId(bytes, properties, fields.at);
    fields.finish();
  }
}

function hasTransactionId(bytes: Uint8Array, start: number, end: number): boolean {
  const { value } = decodeValue(bytes, start, end);
  return value instanceof AmqpMap && value.get('txn-id') !== undefined;
}
