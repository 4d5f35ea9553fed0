import type { ByteWriter } from './byte-writer.ts';
import { ACCEPTED, DISPOSITION, RELEASED } from './descriptor.ts';
import * as code from './format-code.ts';
import { FRAME_TYPE_AMQP } from './frame-splitter.ts';
import { endFrame, writeFrame } from './frame-writer.ts';
import type { Role } from './performative/attach.ts';
import type { DeliveryState } from './performative/delivery-state.ts';
import { putUint } from './transfer-writer.ts';

const DISPOSITION_BYTES_MAX = 32;

/**
 * Writes a whole disposition frame for the deliveries `first` to `last`. States other than accepted and released take a slower way.
 *
 *     size doff type channel  00 53 15 c0 size count  role  first   last    settled  00 53 24 45
 *     4    1    1    2        6                       1     1 to 5  1 to 5  1        4
 */
export function writeDisposition(
  writer: ByteWriter,
  channel: number,
  role: Role,
  first: number,
  last: number,
  settled: boolean,
  state: DeliveryState | undefined,
): void {
  const outcome = state === undefined ? 0 : state.kind === 'accepted' ? ACCEPTED : state.kind === 'released' ? RELEASED : -1;
  if (outcome < 0) {
    writeFrame(writer, channel, { kind: 'disposition', role, first, last, settled, state: state! });
    return;
  }
  writer.reserve(DISPOSITION_BYTES_MAX);
  const { bytes, length: start } = writer;
  bytes[start + 4] = 2;
  bytes[start + 5] = FRAME_TYPE_AMQP;
  bytes[start + 6] = channel >>> 8;
  bytes[start + 7] = channel;
  bytes[start + 8] = code.DESCRIBED;
  bytes[start + 9] = code.ULONG_SMALL;
  bytes[start + 10] = DISPOSITION;
  bytes[start + 11] = code.LIST_8;
  bytes[start + 14] = role === 'receiver' ? code.TRUE : code.FALSE;
  let at = putUint(bytes, start + 15, first);
  if (last === first) bytes[at++] = code.NULL;
  else at = putUint(bytes, at, last);
  bytes[at++] = settled ? code.TRUE : code.FALSE;
  if (outcome === 0) {
    bytes[start + 13] = 4;
  } else {
    bytes[start + 13] = 5;
    bytes[at] = code.DESCRIBED;
    bytes[at + 1] = code.ULONG_SMALL;
    bytes[at + 2] = outcome;
    bytes[at + 3] = code.LIST_0;
    at += 4;
  }
  bytes[start + 12] = at - start - 13;
  writer.length = at;
  endFrame(writer, start);
}
