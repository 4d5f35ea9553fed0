import type { MessageStream } from '../../src/delivery/delivery.ts';

/** The rest of a message, written down. */
export class RecordingStream implements MessageStream {
  text = '';
  ended = false;
  aborted = false;
  blocked = false;
  onUnblocked: (() => void) | undefined;

  push(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    this.text += new TextDecoder().decode(bytes.subarray(start, end));
    if (!more) this.ended = true;
  }

  abort(): void {
    this.aborted = true;
  }
}
