import type { ByteWriter } from '../byte-writer.ts';
import { ATTACH } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import type { AmqpMap } from '../value.ts';
import { type Coordinator, encodeSource, encodeTarget, type Source, sourceField, type Target, targetField } from './terminus.ts';

/** Which end of a link is meant (part 2, section 2.8.1): false is the sender on the wire, and true the receiver. */
export type Role = 'sender' | 'receiver';

/** sender-settle-mode (part 2, section 2.8.2). */
export const SENDER_UNSETTLED = 0;
export const SENDER_SETTLED = 1;
export const SENDER_MIXED = 2;
export type SenderSettleMode = 0 | 1 | 2;

/** receiver-settle-mode (part 2, section 2.8.3). */
export const RECEIVER_FIRST = 0;
export const RECEIVER_SECOND = 1;
export type ReceiverSettleMode = 0 | 1;

/**
 * attach (part 2, section 2.7.3), descriptor 0x12:
 *
 *     name                    string         mandatory
 *     handle                  handle (uint)  mandatory
 *     role                    role (boolean) mandatory
 *     snd-settle-mode         sender-settle-mode (ubyte)    default mixed (2)
 *     rcv-settle-mode         receiver-settle-mode (ubyte)  default first (0)
 *     source                  source
 *     target                  target or coordinator
 *     unsettled               map
 *     incomplete-unsettled    boolean  default false
 *     initial-delivery-count  sequence-no (uint)
 *     max-message-size        ulong
 *     offered-capabilities    symbol  multiple
 *     desired-capabilities    symbol  multiple
 *     properties              fields
 */
export interface Attach {
  name: string;
  handle: number;
  role: Role;
  sndSettleMode?: SenderSettleMode;
  rcvSettleMode?: ReceiverSettleMode;
  source?: Source;
  target?: Target | Coordinator;
  unsettled?: AmqpMap;
  incompleteUnsettled?: boolean;
  /** Mandatory when the role is sender; that is for the link to check. */
  initialDeliveryCount?: number;
  /** Bytes; 0, or none: no limit. */
  maxMessageSize?: bigint;
  offeredCapabilities?: string[];
  desiredCapabilities?: string[];
  properties?: AmqpMap;
}

export function decodeAttach(fields: FieldReader): { kind: 'attach' } & Attach {
  const name = fields.string();
  if (name === undefined) throw fields.missing('name');
  const handle = fields.uint(-1);
  if (handle < 0) throw fields.missing('handle');
  const attach: { kind: 'attach' } & Attach = { kind: 'attach', name, handle, role: roleField(fields) };
  const sndSettleMode = fields.ubyte(-1);
  if (sndSettleMode > SENDER_MIXED) throw fields.invalid('snd-settle-mode', `is ${sndSettleMode}`);
  if (sndSettleMode >= 0) attach.sndSettleMode = sndSettleMode as SenderSettleMode;
  const rcvSettleMode = fields.ubyte(-1);
  if (rcvSettleMode > RECEIVER_SECOND) throw fields.invalid('rcv-settle-mode', `is ${rcvSettleMode}`);
  if (rcvSettleMode >= 0) attach.rcvSettleMode = rcvSettleMode as ReceiverSettleMode;
  const source = sourceField(fields);
  if (source !== undefined) attach.source = source;
  const target = targetField(fields);
  if (target !== undefined) attach.target = target;
  const unsettled = fields.map();
  if (unsettled !== undefined) attach.unsettled = unsettled;
  const incompleteUnsettled = fields.boolean(-1);
  if (incompleteUnsettled >= 0) attach.incompleteUnsettled = incompleteUnsettled === 1;
  const initialDeliveryCount = fields.uint(-1);
  if (initialDeliveryCount >= 0) attach.initialDeliveryCount = initialDeliveryCount;
  const maxMessageSize = fields.ulong();
  if (maxMessageSize !== undefined) attach.maxMessageSize = maxMessageSize;
  const offeredCapabilities = fields.symbols();
  if (offeredCapabilities !== undefined) attach.offeredCapabilities = offeredCapabilities;
  const desiredCapabilities = fields.symbols();
  if (desiredCapabilities !== undefined) attach.desiredCapabilities = desiredCapabilities;
  const properties = fields.map();
  if (properties !== undefined) attach.properties = properties;
  return attach;
}

export function encodeAttach(writer: ByteWriter, attach: Attach): void {
  const fields = new FieldWriter(writer, ATTACH);
  fields.string(attach.name);
  fields.uint(attach.handle);
  fields.boolean(attach.role === 'receiver');
  fields.ubyte(attach.sndSettleMode);
  fields.ubyte(attach.rcvSettleMode);
  fields.composite(attach.source, encodeSource);
  fields.composite(attach.target, encodeTarget);
  fields.map(attach.unsettled);
  fields.boolean(attach.incompleteUnsettled);
  fields.uint(attach.initialDeliveryCount);
  fields.ulong(attach.maxMessageSize);
  fields.symbols(attach.offeredCapabilities);
  fields.symbols(attach.desiredCapabilities);
  fields.map(attach.properties);
  fields.finish();
}

/** The next field as a role, which is mandatory wherever there is one. */
export function roleField(fields: FieldReader): Role {
  const role = fields.boolean(-1);
  if (role < 0) throw fields.missing('role');
  return role === 1 ? 'receiver' : 'sender';
}
