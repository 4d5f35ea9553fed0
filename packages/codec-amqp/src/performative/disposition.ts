import type { ByteWriter } from '../byte-writer.ts';
import { DISPOSITION } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import { type Role, roleField } from './attach.ts';
import { type DeliveryState, deliveryStateField, encodeDeliveryState } from './delivery-state.ts';

/**
 * disposition (part 2, section 2.7.6), descriptor 0x15:
 *
 *     role       role (boolean)          mandatory
 *     first      delivery-number (uint)  mandatory
 *     last       delivery-number (uint)  default: first
 *     settled    boolean  default false
 *     state      delivery-state
 *     batchable  boolean  default false
 */
export interface Disposition {
  role: Role;
  first: number;
  last?: number;
  settled?: boolean;
  state?: DeliveryState;
  batchable?: boolean;
}

export function decodeDisposition(fields: FieldReader): { kind: 'disposition' } & Disposition {
  const role = roleField(fields);
  const first = fields.uint(-1);
  if (first < 0) throw fields.missing('first');
  const disposition: { kind: 'disposition' } & Disposition = { kind: 'disposition', role, first };
  const last = fields.uint(-1);
  if (last >= 0) disposition.last = last;
  const settled = fields.boolean(-1);
  if (settled >= 0) disposition.settled = settled === 1;
  const state = deliveryStateField(fields);
  if (state !== undefined) disposition.state = state;
  const batchable = fields.boolean(-1);
  if (batchable >= 0) disposition.batchable = batchable === 1;
  return disposition;
}

export function encodeDisposition(writer: ByteWriter, disposition: Disposition): void {
  const fields = new FieldWriter(writer, DISPOSITION);
  fields.boolean(disposition.role === 'receiver');
  fields.uint(disposition.first);
  fields.uint(disposition.last);
  fields.boolean(disposition.settled);
  fields.composite(disposition.state, encodeDeliveryState);
  fields.boolean(disposition.batchable);
  fields.finish();
}
