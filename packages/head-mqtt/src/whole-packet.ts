/** A packet with its fixed header, to be read again later. */
export function wholePacket(first: number, bytes: Uint8Array, start: number, end: number): Uint8Array {
  const lengths: number[] = [];
  let rest = end - start;
  do {
    lengths.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  const packet = new Uint8Array(1 + lengths.length + end - start);
  packet[0] = first;
  packet.set(lengths, 1);
  packet.set(bytes.subarray(start, end), 1 + lengths.length);
  return packet;
}
