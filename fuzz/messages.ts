import { ByteWriter, writeTransferHead } from '@angarium/codec-amqp';

export interface Transfers {
  readonly handle: number;
  readonly firstId: number;
  readonly count: number;
  /** Of the body, in bytes; the sections around it are a few more. */
  readonly payloadBytes: number;
  readonly channel?: number;
  readonly durable?: boolean;
  readonly settled?: boolean;
  readonly more?: boolean;
}

/** A header section that says durable: 00 53 70 c0 size count true. */
const DURABLE_HEADER = Uint8Array.of(0x00, 0x53, 0x70, 0xc0, 2, 1, 0x41);
/** A data section of 32 bits: 00 53 75 b0 size. */
const DATA_HEAD_BYTES = 8;

/** One transfer after the other, of messages with a data section. */
export function transfersOf(transfers: Transfers): Uint8Array {
  const { handle, firstId, count, payloadBytes, channel = 0, durable = false, settled = false, more = false } = transfers;
  const bodyBytes = DATA_HEAD_BYTES + payloadBytes + (durable ? DURABLE_HEADER.length : 0);
  const writer = new ByteWriter(count * (bodyBytes + 64));
  for (let i = 0; i < count; i++) {
    const id = (firstId + i) >>> 0;
    writeTransferHead(writer, channel, handle, id, id, 0, settled, more, false, bodyBytes);
    if (durable) writer.raw(DURABLE_HEADER);
    writeDataHead(writer, payloadBytes);
    // What is in it does not matter: whatever the new buffer has, which is zeros.
    writer.reserve(payloadBytes);
    writer.length += payloadBytes;
  }
  return writer.bytes.subarray(0, writer.length);
}

export function writeDurableHeader(writer: ByteWriter): void {
  writer.raw(DURABLE_HEADER);
}

/** The beginning of a data section; its bytes follow. */
export function writeDataHead(writer: ByteWriter, sizeBytes: number): void {
  writer.u8(0x00);
  writer.u8(0x53);
  writer.u8(0x75);
  writer.u8(0xb0);
  writer.u32(sizeBytes);
}

/** A frame that continues a delivery: `more` frames of it follow, or it is aborted. */
export function continuation(handle: number, payloadBytes: number, more: boolean, aborted = false): Uint8Array {
  const writer = new ByteWriter(payloadBytes + 64);
  writeTransferHead(writer, 0, handle, 0, -1, 0, false, more, aborted, payloadBytes);
  writer.reserve(payloadBytes);
  writer.length += payloadBytes;
  return writer.bytes.subarray(0, writer.length);
}
