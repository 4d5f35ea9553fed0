import type { ByteWriter } from '../byte-writer.ts';
import { TRANSFER } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import { DELIVERY_TAG_BYTES_MAX } from '../limits.ts';
import { RECEIVER_SECOND, type ReceiverSettleMode } from './attach.ts';
import { type DeliveryState, deliveryStateField, encodeDeliveryState } from './delivery-state.ts';

/**
 * transfer (part 2, section 2.7.5), descriptor 0x14:
 *
 *     handle           handle (uint)  mandatory
 *     delivery-id      delivery-number (uint)
 *     delivery-tag     delivery-tag (binary, at most 32 bytes)
 *     message-format   message-format (uint)
 *     settled          boolean
 *     more             boolean  default false
 *     rcv-settle-mode  receiver-settle-mode (ubyte)
 *     state            delivery-state
 *     resume           boolean  default false
 *     aborted          boolean  default false
 *     batchable        boolean  default false
 */
export interface Transfer {
  handle: number;
  deliveryId?: number;
  deliveryTag?: Uint8Array;
  messageFormat?: number;
  settled?: boolean;
  more?: boolean;
  rcvSettleMode?: ReceiverSettleMode;
  state?: DeliveryState;
  resume?: boolean;
  aborted?: boolean;
  batchable?: boolean;
}

export function decodeTransfer(fields: FieldReader): { kind: 'transfer' } & Transfer {
  const handle = fields.uint(-1);
  if (handle < 0) throw fields.missing('handle');
  const transfer: { kind: 'transfer' } & Transfer = { kind: 'transfer', handle };
  const deliveryId = fields.uint(-1);
  if (deliveryId >= 0) transfer.deliveryId = deliveryId;
  const deliveryTag = fields.binary();
  if (deliveryTag !== undefined) {
    if (deliveryTag.length > DELIVERY_TAG_BYTES_MAX) throw fields.invalid('delivery-tag', `has more than ${DELIVERY_TAG_BYTES_MAX} bytes`);
    transfer.deliveryTag = deliveryTag;
  }
  const messageFormat = fields.uint(-1);
  if (messageFormat >= 0) transfer.messageFormat = messageFormat;
  const settled = fields.boolean(-1);
  if (settled >= 0) transfer.settled = settled === 1;
  const more = fields.boolean(-1);
  if (more >= 0) transfer.more = more === 1;
  const rcvSettleMode = fields.ubyte(-1);
  if (rcvSettleMode > RECEIVER_SECOND) throw fields.invalid('rcv-settle-mode', `is ${rcvSettleMode}`);
  if (rcvSettleMode >= 0) transfer.rcvSettleMode = rcvSettleMode as ReceiverSettleMode;
  const state = deliveryStateField(fields);
  if (state !== undefined) transfer.state = state;
  const resume = fields.boolean(-1);
  if (resume >= 0) transfer.resume = resume === 1;
  const aborted = fields.boolean(-1);
  if (aborted >= 0) transfer.aborted = aborted === 1;
  const batchable = fields.boolean(-1);
  if (batchable >= 0) transfer.batchable = batchable === 1;
  return transfer;
}

export function encodeTransfer(writer: ByteWriter, transfer: Transfer): void {
  const fields = new FieldWriter(writer, TRANSFER);
  fields.uint(transfer.handle);
  fields.uint(transfer.deliveryId);
  fields.binary(transfer.deliveryTag);
  fields.uint(transfer.messageFormat);
  fields.boolean(transfer.settled);
  fields.boolean(transfer.more);
  fields.ubyte(transfer.rcvSettleMode);
  fields.composite(transfer.state, encodeDeliveryState);
  fields.boolean(transfer.resume);
  fields.boolean(transfer.aborted);
  fields.boolean(transfer.batchable);
  fields.finish();
}
