import assert from 'node:assert/strict';
import { ByteWriter, decodePacket, encodePacket, MqttDecodeError, type MqttVersion, type Packet, PacketSplitter } from '../src/index.ts';

export function bytes(hexadecimal: string): Uint8Array {
  return new Uint8Array(Buffer.from(hexadecimal.replaceAll(/\s/g, ''), 'hex'));
}

export function hex(of: Uint8Array): string {
  return Buffer.from(of).toString('hex');
}

/** What `write` writes, as a plain copy. */
export function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.bytes.slice(0, writer.length);
}

export function encoded(packet: Packet, version: MqttVersion): Uint8Array {
  return written(writer => encodePacket(writer, packet, version));
}

/** The one packet in `stream`, given whole. The bytes before and after its body are garbage, so that reading them would show. */
export function decoded(stream: Uint8Array, version: MqttVersion): Packet {
  const packets: Packet[] = [];
  const splitter = new PacketSplitter();
  splitter.push(stream, {
    packet: (first, within, start, end) => {
      const padded = new Uint8Array(end - start + 64).fill(0xee);
      padded.set(within.subarray(start, end), 32);
      packets.push(decodePacket(first, padded, 32, 32 + end - start, version));
    },
  });
  assert.equal(packets.length, 1, 'the stream is not one packet');
  assert.equal(splitter.rest(), undefined);
  return packets[0]!;
}

/** Asserts that `decode` refuses its input with this reason code. */
export function refused(decode: () => unknown, reasonCode: number, message?: RegExp): void {
  assert.throws(decode, error => {
    assert.ok(error instanceof MqttDecodeError, String(error));
    assert.equal(error.reasonCode, reasonCode, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

/** Asserts that the packet in hexadecimal, without its fixed header but for the first byte, is refused. */
export function refusedPacket(first: number, body: string, version: MqttVersion, reasonCode: number, message?: RegExp): void {
  const all = bytes(body);
  refused(() => decodePacket(first, all, 0, all.length, version), reasonCode, message);
}

/** The packet with this first byte and body in hexadecimal. */
export function packetOf(first: number, body: string, version: MqttVersion): Packet {
  const all = bytes(body);
  return decodePacket(first, all, 0, all.length, version);
}

/** A string in hexadecimal, with its length. */
export function text(value: string): string {
  const content = Buffer.from(value);
  return content.length.toString(16).padStart(4, '0') + content.toString('hex');
}

/** Properties in hexadecimal, with their length. */
export function properties(content: string): string {
  return (
    written(writer => writer.variableInteger(bytes(content).length)).reduce((all, byte) => all + byte.toString(16).padStart(2, '0'), '') +
    content
  );
}
