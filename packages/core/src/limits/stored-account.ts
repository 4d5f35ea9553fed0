import type { Limits } from './limits.ts';

/** What has been let go of since the account was full, before it counts as having room again: a sixteenth, so that it does not change with each message. */
const ROOM_AGAIN = 15 / 16;

/** What all queues and streams of an address space hold together. Each counts here what it takes in and lets go. */
export class StoredAccount {
  messages = 0;
  bytes = 0;
  /** Of messages that wait for room at addresses of the space and that nobody else bounds: in memory. */
  waitingBytes = 0;
  #messagesMax = Number.POSITIVE_INFINITY;
  #bytesMax = Number.POSITIVE_INFINITY;
  #limited = false;
  #full = false;
  readonly #onChange: () => void;

  /** `onChange` is called when it becomes full, and when it has room again. */
  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  limit({ messagesMax, bytesMax }: Limits): void {
    this.#messagesMax = messagesMax ?? Number.POSITIVE_INFINITY;
    this.#bytesMax = bytesMax ?? Number.POSITIVE_INFINITY;
    this.#limited = messagesMax !== undefined || bytesMax !== undefined;
    this.#look();
  }

  /** It has a limit. */
  get limited(): boolean {
    return this.#limited;
  }

  /** So many messages more, of so many bytes together, are within the limits. */
  takes(messages: number, bytes: number): boolean {
    return this.messages + messages <= this.#messagesMax && this.bytes + bytes <= this.#bytesMax;
  }

  /** Nothing more may be stored. */
  get exhausted(): boolean {
    return this.messages >= this.#messagesMax || this.bytes >= this.#bytesMax;
  }

  /** The limits in words. */
  get words(): string {
    const parts = [];
    if (this.#messagesMax !== Number.POSITIVE_INFINITY) parts.push(`${this.#messagesMax} messages (messagesMax)`);
    if (this.#bytesMax !== Number.POSITIVE_INFINITY) parts.push(`${this.#bytesMax} bytes (bytesMax)`);
    return parts.join(' and ');
  }

  /** Messages that producers may have credit for, if they are as large as those that are here. */
  get room(): number {
    if (!this.#limited) return Number.POSITIVE_INFINITY;
    if (this.#full || this.exhausted) return 0;
    const byMessages = this.#messagesMax - this.messages;
    if (this.messages === 0) return byMessages;
    return Math.min(byMessages, Math.ceil(((this.#bytesMax - this.bytes) * this.messages) / Math.max(1, this.bytes)));
  }

  add(messages: number, bytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
    if (this.#limited) this.#look();
  }

  #look(): void {
    const full = this.#full ? !this.#roomy : this.exhausted;
    if (full === this.#full) return;
    this.#full = full;
    this.#onChange();
  }

  get #roomy(): boolean {
    return this.messages <= Math.floor(this.#messagesMax * ROOM_AGAIN) && this.bytes <= Math.floor(this.#bytesMax * ROOM_AGAIN);
  }
}

/** What an account counts: the index of a queue or stream. */
interface Counting {
  readonly live: number;
  readonly liveBytes: number;
  account: StoredAccount;
}

/** From now on it is counted there, with what it holds already. */
export function moveAccount(index: Counting, to: StoredAccount): void {
  index.account.add(-index.live, -index.liveBytes);
  index.account = to;
  to.add(index.live, index.liveBytes);
}

/** Of what belongs to no address space. */
export const NO_ACCOUNT = new StoredAccount();
