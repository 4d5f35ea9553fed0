import type { ByteWriter } from '../byte-writer.ts';
import { AmqpDecodeError } from '../decode-error.ts';
import * as code from '../descriptor.ts';
import { FieldReader } from '../field-reader.ts';
import { type Attach, decodeAttach, encodeAttach } from './attach.ts';
import { type Begin, decodeBegin, encodeBegin } from './begin.ts';
import { type Disposition, decodeDisposition, encodeDisposition } from './disposition.ts';
import {
  type Close,
  type Detach,
  decodeClose,
  decodeDetach,
  decodeEnd,
  type End,
  encodeClose,
  encodeDetach,
  encodeEnd,
} from './farewell.ts';
import { decodeFlow, encodeFlow, type Flow } from './flow.ts';
import { decodeOpen, encodeOpen, type Open } from './open.ts';
import { decodeTransfer, encodeTransfer, type Transfer } from './transfer.ts';

/** What the body of an AMQP frame begins with (part 2, section 2.7). */
export type Performative =
  | ({ kind: 'open' } & Open)
  | ({ kind: 'begin' } & Begin)
  | ({ kind: 'attach' } & Attach)
  | ({ kind: 'flow' } & Flow)
  | ({ kind: 'transfer' } & Transfer)
  | ({ kind: 'disposition' } & Disposition)
  | ({ kind: 'detach' } & Detach)
  | ({ kind: 'end' } & End)
  | ({ kind: 'close' } & Close);

/**
 * The performative in the frame body `bytes[start, end)`, and the offset after it, where a transfer's payload begins. Throws
 * `AmqpDecodeError`: 'amqp:not-implemented' for an unknown performative, 'amqp:invalid-field' for a field of another type or a mandatory
 * one that is missing, 'amqp:decode-error' for bytes that are not well formed.
 */
export function decodePerformative(bytes: Uint8Array, start: number, end: number): { performative: Performative; payloadStart: number } {
  const fields = new FieldReader();
  const performative = decodeFields(fields.begin(bytes, start, end), fields);
  fields.finish();
  return { performative, payloadStart: fields.end };
}

function decodeFields(descriptor: number, fields: FieldReader): Performative {
  switch (descriptor) {
    case code.OPEN:
      return decodeOpen(fields);
    case code.BEGIN:
      return decodeBegin(fields);
    case code.ATTACH:
      return decodeAttach(fields);
    case code.FLOW:
      return decodeFlow(fields);
    case code.TRANSFER:
      return decodeTransfer(fields);
    case code.DISPOSITION:
      return decodeDisposition(fields);
    case code.DETACH:
      return decodeDetach(fields);
    case code.END:
      return decodeEnd(fields);
    case code.CLOSE:
      return decodeClose(fields);
    default:
      throw new AmqpDecodeError('amqp:not-implemented', `there is no performative of ${code.descriptorName(descriptor)}`);
  }
}

export function encodePerformative(writer: ByteWriter, performative: Performative): void {
  switch (performative.kind) {
    case 'open':
      encodeOpen(writer, performative);
      return;
    case 'begin':
      encodeBegin(writer, performative);
      return;
    case 'attach':
      encodeAttach(writer, performative);
      return;
    case 'flow':
      encodeFlow(writer, performative);
      return;
    case 'transfer':
      encodeTransfer(writer, performative);
      return;
    case 'disposition':
      encodeDisposition(writer, performative);
      return;
    case 'detach':
      encodeDetach(writer, performative);
      return;
    case 'end':
      encodeEnd(writer, performative);
      return;
    case 'close':
      encodeClose(writer, performative);
      return;
  }
}
