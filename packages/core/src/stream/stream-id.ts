/** The ids of streams have this bit, so that a replay knows what a message is stored in before it meets the definition. */
const STREAM_ID = 0x4000_0000;

export function streamId(number: number): number {
  return number | STREAM_ID;
}

export function isStreamId(id: number): boolean {
  return (id & STREAM_ID) !== 0;
}

/** The number of an id, be it a stream's or another: no two ids have the same. */
export function numberOfId(id: number): number {
  return id & ~STREAM_ID;
}
