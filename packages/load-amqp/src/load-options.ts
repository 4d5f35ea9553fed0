import type { LoadTarget } from '@angarium/load';

/** What an address is asked to be, by the terminus capability of that name. */
export type LoadCapability = 'queue' | 'topic' | 'stream' | 'anycast' | 'multicast';

/**
 * What a run does:
 *
 * - flow: senders to receivers on one address, for a time or a count.
 * - fill: senders alone, until the server has acknowledged the last of `count` messages.
 * - drain: receivers alone, until they have settled the last of `count` messages.
 * - ping: a request to `<address>.a` and its answer by `<address>.b`, one under way at a time.
 * - idle: connections with receiving links on addresses of their own, `<address>.<connection>.<link>`, over which nothing goes.
 */
export type LoadMode = 'flow' | 'fill' | 'drain' | 'ping' | 'idle';

export interface LoadOptions extends LoadTarget {
  /** Without a user the connection is made by SASL ANONYMOUS, else by PLAIN. */
  readonly user?: string;
  readonly password?: string;
  /** The hostname of the open performative; the host that is connected to when absent. */
  readonly space?: string;
  readonly address: string;
  readonly mode: LoadMode;
  /** Each has a connection of its own. */
  readonly senders: number;
  readonly receivers: number;
  /** The body of a message: one data section of so many bytes. */
  readonly sizeBytes: number;
  /** Messages are sent settled, and received settled. */
  readonly settled: boolean;
  /** Messages say that they are durable. */
  readonly durable: boolean;
  readonly capability?: LoadCapability;
  /** The links' termini say that they are durable: brokers that declare a queue by attaching decide by that. */
  readonly durableTerminus?: boolean;
  /** Deliveries that a receiver lets the server have under way; topped up when half of it is used. */
  readonly credit: number;
  /** Unsettled messages per sender at most. */
  readonly window: number;
  /** Flow: messages that are sent and not received yet, at most; without it only credit and window bound them. */
  readonly underWayMax?: number;
  /** Messages per second, all senders together; as fast as it goes when absent. */
  readonly ratePerSecond?: number;
  /** Messages in all. Flow and ping need this or `seconds`; fill and drain need this. */
  readonly count?: number;
  /** The measured time; for fill and drain the longest that they may take (120 when absent). */
  readonly seconds?: number;
  /** Flow and ping: seconds before the measured time. 1 when absent and `seconds` is given, else 0. */
  readonly warmUpSeconds?: number;
  readonly idleConnections?: number;
  readonly linksPerConnection?: number;
  /**
   * Measures latency: in flow and drain from sending to receiving (the body's last 8 bytes carry the time, so `sizeBytes` is at least 8), in fill
   * from sending to the acknowledgement. Ping measures its round trip always.
   */
  readonly latency: boolean;
  /** The run ends with an error when nothing moves for so long, in the handshake as well. 10 when absent. */
  readonly stallSeconds?: number;
  /** Ends the run early, with the figures up to then. */
  readonly signal?: AbortSignal;
  /** Called once a second, and once at the end. */
  readonly onProgress?: (snapshot: LoadSnapshot) => void;
  /** Called at both ends of the measured time, so that the caller can read other clocks and memory. */
  readonly onMeasure?: (edge: 'begin' | 'end') => void;
}

/** Counts since the start of the run, the warm-up included. */
export interface LoadSnapshot {
  readonly elapsedSeconds: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly received: number;
  readonly refused: number;
  /** Of the time since the snapshot before: messages per second. */
  readonly sendRate: number;
  readonly acknowledgeRate: number;
  readonly receiveRate: number;
}

export const LOAD_LIMITS = {
  /** From connecting to attached links with a session. */
  handshakeSeconds: 10,
  /** After the measured time, for what is still under way. */
  settleSeconds: 10,
  /** For the server's answer to our close. */
  closeSeconds: 2,
  fillSeconds: 120,
  stallSeconds: 10,
  /** Connections that are being opened at the same time. */
  openingConnections: 64,
  /** Errors that are reported word by word; more are only counted. */
  errors: 20,
  /** The largest frame that we take. */
  frameSizeBytes: 1 << 20,
  /** Transfers that one sender writes in one turn, in bytes; at least one message. */
  burstBytes: 128 << 10,
  sizeBytes: 256 << 20,
} as const;

function positive(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isFinite(value) && value >= least))
    throw new RangeError(`${name} must be ${least} or more, not ${value}`);
}

/** Throws a RangeError that names the option when the options make no sense. */
export function checkLoadOptions(options: LoadOptions): void {
  const { mode } = options;
  for (const name of ['senders', 'receivers', 'credit', 'window'] as const) {
    positive(name, options[name], name === 'credit' || name === 'window' ? 1 : 0);
    if (!Number.isInteger(options[name])) throw new RangeError(`${name} must be a whole number, not ${options[name]}`);
  }
  for (const name of ['count', 'underWayMax', 'idleConnections', 'linksPerConnection'] as const) positive(name, options[name], 1);
  for (const name of ['seconds', 'warmUpSeconds', 'stallSeconds'] as const) positive(name, options[name], 0);
  if (options.ratePerSecond !== undefined && !(options.ratePerSecond > 0)) throw new RangeError('ratePerSecond must be above 0');
  positive('sizeBytes', options.sizeBytes, options.latency ? 8 : 0);
  if (options.sizeBytes > LOAD_LIMITS.sizeBytes) throw new RangeError(`sizeBytes must be ${LOAD_LIMITS.sizeBytes} or less`);
  if ((mode === 'flow' || mode === 'ping') && options.count === undefined && options.seconds === undefined) {
    throw new RangeError(`${mode} needs seconds or count`);
  }
  if ((mode === 'fill' || mode === 'drain') && options.count === undefined) throw new RangeError(`${mode} needs count`);
  if ((mode === 'flow' || mode === 'fill') && options.senders < 1) throw new RangeError(`${mode} needs a sender`);
  if (mode === 'drain' && options.receivers < 1) throw new RangeError('drain needs a receiver');
}
