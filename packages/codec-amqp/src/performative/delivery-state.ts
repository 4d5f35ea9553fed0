import type { ByteWriter } from '../byte-writer.ts';
import * as code from '../descriptor.ts';
import { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import { DESCRIBED, LIST_0, ULONG_SMALL } from '../format-code.ts';
import { type AmqpMap, Described } from '../value.ts';
import { decodeValue } from '../value-decoder.ts';
import { encodeValue } from '../value-encoder.ts';
import { type AmqpError, encodeError, errorField } from './amqp-error.ts';

/**
 * What is known of a delivery: received and the outcomes (part 3, section 3.4), declared and transactional-state (part 4, sections
 * 4.5.5 and 4.5.8), or a described value that is none of them.
 */
export type DeliveryState =
  | { kind: 'received'; sectionNumber: number; sectionOffset: bigint }
  | { kind: 'accepted' }
  | { kind: 'rejected'; error?: AmqpError }
  | { kind: 'released' }
  | { kind: 'modified'; deliveryFailed?: boolean; undeliverableHere?: boolean; messageAnnotations?: AmqpMap }
  | { kind: 'declared'; txnId: Uint8Array }
  | { kind: 'transactional-state'; txnId: Uint8Array; outcome?: DeliveryState }
  | { kind: 'unknown'; value: Described };

/** Frozen; what decoding answers for the two most frequent outcomes. */
export const STATE_ACCEPTED: DeliveryState = Object.freeze({ kind: 'accepted' });
export const STATE_RELEASED: DeliveryState = Object.freeze({ kind: 'released' });

/** The next field as a delivery state, if there is one. */
export function deliveryStateField(fields: FieldReader): DeliveryState | undefined {
  if (fields.left > 0) {
    // What nearly all clients send for accepted and released: 00 53 24 45, and 00 53 26 45.
    const { bytes, at } = fields;
    if (at + 4 <= fields.end && bytes[at] === DESCRIBED && bytes[at + 1] === ULONG_SMALL && bytes[at + 3] === LIST_0) {
      const outcome = bytes[at + 2] === code.ACCEPTED ? STATE_ACCEPTED : bytes[at + 2] === code.RELEASED ? STATE_RELEASED : undefined;
      if (outcome !== undefined) {
        fields.at = at + 4;
        fields.left--;
        return outcome;
      }
    }
  }
  const start = fields.skip();
  return start < 0 ? undefined : decodeDeliveryState(fields.bytes, start, fields.at);
}

/** The delivery state in `bytes[start, end)`. Throws `AmqpDecodeError`. */
export function decodeDeliveryState(bytes: Uint8Array, start: number, end: number): DeliveryState {
  return decodeAnyState(bytes, start, end, false);
}

function decodeAnyState(bytes: Uint8Array, start: number, end: number, inTransaction: boolean): DeliveryState {
  switch (code.descriptorCode(bytes, start, end)) {
    case code.RECEIVED:
      return decodeReceived(begun(bytes, start, end));
    case code.ACCEPTED:
      begun(bytes, start, end).finish();
      return STATE_ACCEPTED;
    case code.REJECTED:
      return decodeRejected(begun(bytes, start, end));
    case code.RELEASED:
      begun(bytes, start, end).finish();
      return STATE_RELEASED;
    case code.MODIFIED:
      return decodeModified(begun(bytes, start, end));
    case code.DECLARED:
      return decodeDeclared(begun(bytes, start, end));
    case code.TRANSACTIONAL_STATE: {
      const fields = begun(bytes, start, end);
      // The outcome of a transactional state is an outcome, never such a state again: nothing to recurse into.
      if (inTransaction) throw fields.invalid('outcome', 'is no outcome');
      return decodeTransactionalState(fields);
    }
    default:
      return decodeUnknown(bytes, start, end);
  }
}

function begun(bytes: Uint8Array, start: number, end: number): FieldReader {
  const fields = new FieldReader();
  fields.begin(bytes, start, end);
  return fields;
}

/**
 * received (part 3, section 3.4.1), descriptor 0x23:
 *
 *     section-number  uint   mandatory
 *     section-offset  ulong  mandatory
 */
function decodeReceived(fields: FieldReader): DeliveryState {
  const sectionNumber = fields.uint(-1);
  if (sectionNumber < 0) throw fields.missing('section-number');
  const sectionOffset = fields.ulong();
  if (sectionOffset === undefined) throw fields.missing('section-offset');
  fields.finish();
  return { kind: 'received', sectionNumber, sectionOffset };
}

/**
 * rejected (part 3, section 3.4.3), descriptor 0x25:
 *
 *     error  error
 */
function decodeRejected(fields: FieldReader): DeliveryState {
  const error = errorField(fields);
  fields.finish();
  return error === undefined ? { kind: 'rejected' } : { kind: 'rejected', error };
}

/**
 * modified (part 3, section 3.4.5), descriptor 0x27:
 *
 *     delivery-failed      boolean
 *     undeliverable-here   boolean
 *     message-annotations  fields
 */
function decodeModified(fields: FieldReader): DeliveryState {
  const state: DeliveryState & { kind: 'modified' } = { kind: 'modified' };
  const deliveryFailed = fields.boolean(-1);
  if (deliveryFailed >= 0) state.deliveryFailed = deliveryFailed === 1;
  const undeliverableHere = fields.boolean(-1);
  if (undeliverableHere >= 0) state.undeliverableHere = undeliverableHere === 1;
  const messageAnnotations = fields.map();
  if (messageAnnotations !== undefined) state.messageAnnotations = messageAnnotations;
  fields.finish();
  return state;
}

/**
 * declared (part 4, section 4.5.5), descriptor 0x33:
 *
 *     txn-id  binary  mandatory
 */
function decodeDeclared(fields: FieldReader): DeliveryState {
  const txnId = fields.binary();
  if (txnId === undefined) throw fields.missing('txn-id');
  fields.finish();
  return { kind: 'declared', txnId };
}

/**
 * transactional-state (part 4, section 4.5.8), descriptor 0x34:
 *
 *     txn-id   binary  mandatory
 *     outcome  an outcome
 */
function decodeTransactionalState(fields: FieldReader): DeliveryState {
  const txnId = fields.binary();
  if (txnId === undefined) throw fields.missing('txn-id');
  const start = fields.skip();
  const outcome = start < 0 ? undefined : decodeAnyState(fields.bytes, start, fields.at, true);
  fields.finish();
  return outcome === undefined ? { kind: 'transactional-state', txnId } : { kind: 'transactional-state', txnId, outcome };
}

function decodeUnknown(bytes: Uint8Array, start: number, end: number): DeliveryState {
  const { value } = decodeValue(bytes, start, end);
  return { kind: 'unknown', value: value instanceof Described ? value : notDescribed(bytes, start, end) };
}

/** Reading it as a composite type throws with the reason. */
function notDescribed(bytes: Uint8Array, start: number, end: number): never {
  const fields = begun(bytes, start, end);
  throw fields.invalid('state', 'is not described');
}

export function encodeDeliveryState(writer: ByteWriter, state: DeliveryState): void {
  switch (state.kind) {
    case 'received': {
      const fields = new FieldWriter(writer, code.RECEIVED);
      fields.uint(state.sectionNumber);
      fields.ulong(state.sectionOffset);
      fields.finish();
      return;
    }
    case 'accepted':
      new FieldWriter(writer, code.ACCEPTED).finish();
      return;
    case 'rejected': {
      const fields = new FieldWriter(writer, code.REJECTED);
      fields.composite(state.error, encodeError);
      fields.finish();
      return;
    }
    case 'released':
      new FieldWriter(writer, code.RELEASED).finish();
      return;
    case 'modified': {
      const fields = new FieldWriter(writer, code.MODIFIED);
      fields.boolean(state.deliveryFailed);
      fields.boolean(state.undeliverableHere);
      fields.map(state.messageAnnotations);
      fields.finish();
      return;
    }
    case 'declared': {
      const fields = new FieldWriter(writer, code.DECLARED);
      fields.binary(state.txnId);
      fields.finish();
      return;
    }
    case 'transactional-state': {
      const fields = new FieldWriter(writer, code.TRANSACTIONAL_STATE);
      fields.binary(state.txnId);
      fields.composite(state.outcome, encodeDeliveryState);
      fields.finish();
      return;
    }
    case 'unknown':
      encodeValue(writer, state.value);
      return;
  }
}
