import { FieldReader, ScanError } from './field-reader.ts';
import { type FrameOwner, FrameSocket } from './frame-socket.ts';
import { writeAttach, writeDisposition, writeFlow, writeOpenAndBegin, writeSaslInit } from './handshake.ts';
import { IncomingLink } from './incoming-link.ts';
import type { LoadRun } from './load-run.ts';
import { OutgoingLink } from './outgoing-link.ts';
import { errorWords } from './peer-error.ts';
import { stampDistance, stampOf } from './tally.ts';
import { TransferBurst } from './transfer-burst.ts';

const SASL_HEADER = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1');
const AMQP_HEADER = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1');
const reader = new FieldReader();

type Stage = 'handshake' | 'running' | 'closing' | 'closed';

/**
 * One connection with one session (channel 0), a sending link at most and any number of receiving ones. What it has to write
 * is gathered until the run's turn and written at once.
 */
export class LoadConnection implements FrameOwner {
  readonly label: string;
  readonly outgoing: OutgoingLink | undefined;
  readonly incoming: readonly IncomingLink[];
  /** The run keeps it: whether the connection waits for its turn. */
  dirty = false;
  ready = false;

  readonly #run: LoadRun;
  readonly #byRemoteHandle = new Map<number, IncomingLink>();
  readonly #socket: FrameSocket;
  #stage: Stage = 'handshake';
  #header = SASL_HEADER;
  #attachedLinks = 0;
  #heartbeatMs = 0;
  #lastWriteMs = 0;
  // The session's numbers (AMQP 1.0 part 2, section 2.5.6).
  #nextIncomingId = 0;
  #nextOutgoingId = 0;
  #remoteIncomingWindow = 0;
  // Deliveries to settle: [#settleFirst, #settleLast] when there are any.
  #settleFirst = -1;
  #settleLast = -1;

  constructor(run: LoadRun, label: string, links: { readonly sendTo?: string; readonly receiveFrom?: readonly string[] }) {
    const { options } = run;
    this.#run = run;
    this.label = label;
    this.#socket = new FrameSocket(this);
    this.outgoing =
      links.sendTo === undefined ? undefined : new OutgoingLink(links.sendTo, `${label} out`, options.settled ? 0 : options.window);
    const first = this.outgoing ? 1 : 0;
    this.incoming = (links.receiveFrom ?? []).map((address, i) => new IncomingLink(address, first + i, `${label} in ${i}`));
  }

  connect(): void {
    this.#socket.connect(this.#run.options);
  }

  connected(): void {
    this.#socket.control.raw(SASL_HEADER);
    this.#run.wake(this);
  }

  /** Gives every receiving link its credit. */
  giveCredit(): void {
    for (const link of this.incoming) this.#topUp(link);
    this.#run.wake(this);
  }

  /** Says goodbye; `closed` turns true when the server has answered, or has gone. */
  close(): void {
    if (this.#stage === 'running') {
      // Servers may drop what they have not worked off when they hear of a close, and deliveries whose settlement is among it come again:
      // the session ends first, and its answer says that everything before it was heard.
      this.#flushSettlement();
      this.#stage = 'closing';
      this.#socket.control.begin(0, 0x17);
      this.#socket.control.end();
      this.flush();
    } else if (this.#stage === 'handshake') this.destroy();
  }

  destroy(): void {
    this.#stage = 'closed';
    this.#socket.destroy();
  }

  get closed(): boolean {
    return this.#stage === 'closed';
  }

  /** Keeps the server's idle timeout from running out. */
  beat(nowMs: number): void {
    if (this.#heartbeatMs === 0 || this.#stage !== 'running' || nowMs - this.#lastWriteMs < this.#heartbeatMs) return;
    this.#socket.control.heartbeat();
    this.flush();
  }

  /** Writes what was gathered: dispositions, credit, the handshake. */
  flush(): void {
    this.#flushSettlement();
    if (this.#stage === 'running') for (const link of this.#topUpDue()) this.#topUp(link);
    if (this.#socket.flush()) this.#lastWriteMs = this.#run.nowMs;
  }

  /** Sends as many messages as credit, window, rate and count allow, in one write. */
  pump(): void {
    const link = this.outgoing;
    if (link?.burst === undefined || this.#socket.bulkWaits || this.#stage !== 'running') return;
    const run = this.#run;
    const { burst } = link;
    let count = Math.min(link.credit, burst.capacity, Math.floor(this.#remoteIncomingWindow / burst.frames));
    const { settled } = run.options;
    if (!settled) count = link.freePlaces(Math.min(count, run.options.window - link.unsettled));
    if (count > 0) count = run.allowance(link, count);
    if (count <= 0) return;
    burst.number(link.nextDeliveryId, count);
    if (run.stamped) this.#stampBurst(link, burst, count);
    if (!settled) link.markSent(count, run.nowMs);
    link.nextDeliveryId = (link.nextDeliveryId + count) >>> 0;
    link.deliveryCount = (link.deliveryCount + count) >>> 0;
    link.credit -= count;
    const frames = count * burst.frames;
    this.#nextOutgoingId = (this.#nextOutgoingId + frames) >>> 0;
    this.#remoteIncomingWindow -= frames;
    run.tally.sent += count;
    this.#lastWriteMs = run.nowMs;
    this.#socket.writeBulk(burst.bytes.subarray(0, count * burst.stride));
  }

  /** Why nothing is being sent or received here, in words. */
  state(): string {
    if (!this.ready) return `${this.label} is not attached`;
    const link = this.outgoing;
    if (link === undefined) return `${this.label} waits for deliveries`;
    if (this.#socket.bulkWaits) return `the server does not read from ${this.label}`;
    if (link.credit === 0) return `${this.label} has no credit`;
    return link.unsettled > 0 ? `${this.label} waits for ${link.unsettled} outcomes` : `${this.label} has ${link.credit} credit`;
  }

  bulkWritten(): void {
    this.#run.wakeSenders();
  }

  readDone(): void {
    this.#run.readFrom(this);
  }

  lost(words: string): void {
    if (this.#stage === 'closed') return;
    const closing = this.#stage === 'closing';
    this.destroy();
    if (closing) this.#run.wakeSenders();
    else this.#run.fail(`${this.label}: ${words}`);
  }

  #stampBurst(link: OutgoingLink, burst: TransferBurst, count: number): void {
    const run = this.#run;
    const interval = run.senderIntervalMs;
    const now = stampOf(run.nowMs);
    if (interval === 0) {
      for (let i = 0; i < count; i++) burst.stamp(i, now);
      return;
    }
    // What was due before the turn before this one was held back by the server: its latency counts from when it was due.
    let due = link.nextDueMs - count * interval;
    for (let i = 0; i < count; i++, due += interval) burst.stamp(i, due < run.previousTurnMs ? stampOf(due) : now);
  }

  frame(bytes: Buffer, start: number, end: number): void {
    if (this.#socket.headerExpected) {
      this.#takeHeader(bytes, start);
      return;
    }
    const body = start + bytes[start + 4]! * 4;
    if (body < start + 8 || body > end) throw new ScanError('a frame whose data offset lies outside of it');
    if (body === end) return;
    const code = reader.open(bytes, body, end);
    switch (code) {
      case 0x14:
        this.#transfer(bytes, end);
        break;
      case 0x15:
        this.#disposition();
        break;
      case 0x13:
        this.#flow();
        break;
      case 0x40:
        writeSaslInit(this.#socket.control, this.#run.options, reader.texts(), words => this.lost(words));
        break;
      case 0x44:
        this.#saslOutcome();
        break;
      case 0x10:
        this.#opened();
        break;
      case 0x11:
        this.#begun();
        break;
      case 0x12:
        this.#attached();
        break;
      case 0x16: {
        const handle = reader.uint(0);
        reader.skip();
        this.lost(`the server detached the link to '${this.#addressOf(handle)}': ${errorWords(reader)}`);
        break;
      }
      case 0x17:
        if (this.#stage === 'closing') {
          this.#socket.control.begin(0, 0x18);
          this.#socket.control.end();
          break;
        }
        this.lost(`the server ended the session: ${errorWords(reader)}`);
        break;
      case 0x18:
        this.lost(`the server closed the connection: ${errorWords(reader)}`);
        break;
      default:
        throw new ScanError(code < 0 ? 'a frame without a performative' : `a performative 0x${code.toString(16)}`);
    }
  }

  #takeHeader(bytes: Buffer, start: number): void {
    const expected = this.#header;
    if (expected.compare(bytes, start, start + 8) !== 0) {
      throw new ScanError(`the header ${bytes.toString('hex', start, start + 8)} where ${expected.toString('hex')} is due`);
    }
    this.#socket.headerExpected = false;
  }

  #saslOutcome(): void {
    const code = reader.uint(4);
    if (code !== 0) {
      this.lost(`the server refused to authenticate us (SASL outcome ${code})`);
      return;
    }
    this.#header = AMQP_HEADER;
    this.#socket.headerExpected = true;
    this.#socket.control.raw(AMQP_HEADER);
    writeOpenAndBegin(this.#socket.control, this.#run.options, this.label);
  }

  #opened(): void {
    reader.skip();
    reader.skip();
    const frameSize = reader.uint(0xffffffff);
    reader.skip();
    this.#heartbeatMs = reader.uint(0) / 2;
    const { options } = this.#run;
    if (this.outgoing === undefined) return;
    this.outgoing.burst = new TransferBurst({
      sizeBytes: options.sizeBytes,
      settled: options.settled,
      durable: options.durable,
      frameSizeBytesMax: Math.max(512, frameSize),
      stamped: this.#run.stamped,
      token: this.#run.token,
    });
  }

  #begun(): void {
    reader.skip();
    this.#nextIncomingId = reader.uint(0);
    this.#remoteIncomingWindow = reader.uint(0);
    this.#stage = 'running';
    const { options } = this.#run;
    if (this.outgoing) writeAttach(this.#socket.control, options, this.outgoing, false);
    for (const link of this.incoming) writeAttach(this.#socket.control, options, link, true);
    if (!this.outgoing && this.incoming.length === 0) this.#becomeReady();
  }

  #attached(): void {
    const name = reader.text();
    const remoteHandle = reader.uint(0);
    const serverReceives = reader.boolean(false);
    reader.skip();
    reader.skip();
    const source = reader.nested();
    const target = reader.nested();
    // A refused link is attached without the terminus, and detached with the reason at once (section 2.6.3).
    if ((serverReceives ? target : source) === undefined) return;
    reader.skip();
    reader.skip();
    const link = serverReceives ? this.outgoing : this.incoming.find(one => one.name === name);
    if (link === undefined || link.name !== name) throw new ScanError(`an attach of '${name}', which is no link of ours`);
    link.remoteHandle = remoteHandle;
    if (link instanceof IncomingLink) {
      link.deliveryCount = reader.uint(0);
      this.#byRemoteHandle.set(remoteHandle, link);
    }
    this.#attachedLinks++;
    if (this.#attachedLinks === this.incoming.length + (this.outgoing ? 1 : 0)) this.#becomeReady();
  }

  #becomeReady(): void {
    this.ready = true;
    this.#run.becameReady();
  }

  #flow(): void {
    const nextIncomingId = reader.uint(0);
    const window = reader.uint(0);
    reader.skip();
    reader.skip();
    this.#remoteIncomingWindow = Math.max(0, (nextIncomingId + window - this.#nextOutgoingId) | 0);
    const handle = reader.uint(-1);
    const deliveryCount = reader.uint(0);
    const credit = reader.uint(-1);
    reader.skip();
    reader.skip();
    const echo = reader.boolean(false);
    const link = this.outgoing;
    if (handle >= 0 && link !== undefined && handle === link.remoteHandle) {
      if (credit >= 0) link.credit = Math.max(0, (deliveryCount + credit - link.deliveryCount) | 0);
    }
    if (echo) writeFlow(this.#socket.control, this.#nextIncomingId, this.#nextOutgoingId, undefined);
  }

  #transfer(bytes: Buffer, end: number): void {
    this.#nextIncomingId = (this.#nextIncomingId + 1) >>> 0;
    const handle = reader.uint(0);
    const deliveryId = reader.uint(-1);
    reader.skip();
    reader.skip();
    const settled = reader.boolean(false);
    const more = reader.boolean(false);
    const link = this.#byRemoteHandle.get(handle);
    if (link === undefined) throw new ScanError(`a transfer on handle ${handle}, which is not attached`);
    if (!link.partial) {
      link.deliveryId = deliveryId;
      link.settled = settled;
    } else if (settled) link.settled = true;
    link.partial = more;
    if (more) return;
    let aborted = false;
    if (reader.left > 3) {
      reader.skip();
      reader.skip();
      reader.skip();
      aborted = reader.boolean(false);
    }
    link.deliveryCount = (link.deliveryCount + 1) >>> 0;
    link.creditLeft--;
    // An aborted delivery is settled by being aborted (section 2.6.14).
    if (aborted) return;
    if (!link.settled) this.#settle(link.deliveryId);
    this.#run.tally.received++;
    if (this.#run.stamped) this.#latency(bytes, end);
  }

  #latency(bytes: Buffer, end: number): void {
    // The body is the end of the message, and the stamp is the end of the body. Another's message has another token.
    if (end - 8 < reader.at || bytes.readUInt32BE(end - 8) !== this.#run.token) return;
    this.#run.latency.record(stampDistance(bytes.readUInt32BE(end - 4), this.#run.readStamp()));
  }

  #settle(deliveryId: number): void {
    if (this.#settleFirst >= 0 && deliveryId === (this.#settleLast + 1) >>> 0) {
      this.#settleLast = deliveryId;
      return;
    }
    this.#flushSettlement();
    this.#settleFirst = deliveryId;
    this.#settleLast = deliveryId;
  }

  #flushSettlement(): void {
    if (this.#settleFirst < 0) return;
    writeDisposition(this.#socket.control, 'receiver', this.#settleFirst, this.#settleLast);
    this.#settleFirst = -1;
  }

  #disposition(): void {
    const serverReceives = reader.boolean(false);
    const first = reader.uint(0);
    const last = reader.uint(first);
    const settled = reader.boolean(false);
    const link = this.outgoing;
    if (!serverReceives || link === undefined) return;
    const stateAt = reader.at;
    const stateLeft = reader.left;
    const state = reader.describedCode();
    // Received (0x23) is not an outcome: the delivery goes on.
    if (!settled && (state < 0x24 || state > 0x27)) return;
    const count = link.settle(first, last, this.#run.eachSettled);
    if (count === 0) return;
    const { tally } = this.#run;
    if (state === 0x25) {
      tally.rejected += count;
      reader.at = stateAt;
      reader.left = stateLeft;
      const rejection = reader.nested();
      this.#run.note(`${this.label}: the server rejected messages: ${rejection ? errorWords(rejection.fields) : 'without a reason'}`);
    } else if (state === 0x26) tally.released += count;
    else if (state === 0x27) tally.modified += count;
    else {
      tally.acknowledged += count;
      if (state !== 0x24) this.#run.note(`${this.label}: the server settled messages without an outcome`);
    }
    if (!settled) writeDisposition(this.#socket.control, 'sender', first, last);
  }

  #addressOf(remoteHandle: number): string {
    const link = this.outgoing?.remoteHandle === remoteHandle ? this.outgoing : this.#byRemoteHandle.get(remoteHandle);
    // A refused link has no number yet.
    return (link ?? this.outgoing ?? this.incoming[0])?.address ?? '?';
  }

  /** The receiving links that have used up half of their credit. */
  #topUpDue(): readonly IncomingLink[] {
    if (this.incoming.length === 0 || !this.#run.receiving) return NO_LINKS;
    const half = this.#run.options.credit >> 1;
    if (this.incoming.length === 1) return this.incoming[0]!.creditLeft <= half ? this.incoming : NO_LINKS;
    return this.incoming.filter(link => link.creditLeft <= half);
  }

  #topUp(link: IncomingLink): void {
    if (link.remoteHandle < 0) return;
    link.creditLeft = this.#run.options.credit;
    writeFlow(this.#socket.control, this.#nextIncomingId, this.#nextOutgoingId, link);
  }
}

const NO_LINKS: readonly IncomingLink[] = [];
