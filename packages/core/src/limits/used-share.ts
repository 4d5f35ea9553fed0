/** What one message costs beside its bytes: so many bytes are as much work. */
const MESSAGE_COST_BYTES = 1024;
/** A space's share of a turn in one direction, in bytes, the cost of messages included: about a tenth of a millisecond of work. */
export const TURN_BYTES_MAX = 32 * 1024;
/** How large a message is, as long as none has come. */
const MESSAGE_BYTES = 128;
/** Of how many chunks the average size of a message is, roughly. */
const AVERAGED_CHUNKS = 8;

/** What a space has used of its share of a turn, in one direction. */
export class UsedShare {
  #cost = 0;
  /** Of a message, on average. What is small is much work for its bytes, so fewer of them fit. */
  #messageBytes = MESSAGE_BYTES;

  add(messages: number, bytes: number): void {
    this.#cost += bytes + messages * MESSAGE_COST_BYTES;
    if (messages > 0) this.#messageBytes += (bytes / messages - this.#messageBytes) / AVERAGED_CHUNKS;
  }

  get up(): boolean {
    return this.#cost >= TURN_BYTES_MAX;
  }

  /** Messages that fit into what is left, the last one perhaps in part. */
  get messagesLeft(): number {
    return Math.ceil(this.#messagesLeft);
  }

  get bytesLeft(): number {
    return Math.ceil(this.#messagesLeft * this.#messageBytes);
  }

  get #messagesLeft(): number {
    return Math.max(0, TURN_BYTES_MAX - this.#cost) / (this.#messageBytes + MESSAGE_COST_BYTES);
  }

  clear(): void {
    this.#cost = 0;
  }
}
