import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { AmqpMap, type Open, symbol, toPlain } from '@angarium/codec-amqp';
import type { AddressSpace, Broker, Turn } from '@angarium/core';
import { peerOf, type SlabPool } from '@angarium/transport';
import { type AmqpLimits, amqpLimits } from '../limits.ts';
import type { SuspendedLinks } from '../suspended-links.ts';
import { type ConnectionHome, TICK_MS } from '../symmetric-connection.ts';
import { Attempts } from './back-off.ts';
import { type BackOff, CONNECTOR_DEFAULTS, type ConnectorSpec, PAUSE_TIMEOUT_MS } from './connector-spec.ts';
import { dial, type Target, targetOf, targetText, wordsOf } from './dial.ts';
import type { Forwarder } from './forwarder.ts';
import { InitiatedConnection } from './initiated-connection.ts';
import { PhaseRecord, type PhaseStatus } from './phase-record.ts';

/** A remote that has us wait for its close for longer is cut off, in milliseconds: what it knows is settled or will come again. */
const CLOSE_TIMEOUT_MS = 500;
/** What the remote is told. */
const PAUSED = 'the connector was paused';

/** What all connectors of a server have in common. */
export interface ConnectorParts extends Omit<ConnectionHome, 'limits' | 'forget'> {
  /** Ours: the remote is told it, and one that has it too is this very server. */
  readonly containerId: string;
  readonly version: string;
  readonly limits: AmqpLimits;
}

export interface ConnectorStatus extends PhaseStatus {
  /** Attempts in a row that failed. */
  readonly attempts: number;
  /** The host that is connected, or was tried last. */
  readonly host: string;
  /** What the remote says of itself, while it is connected. */
  readonly remote?: { readonly container: string; readonly product?: string; readonly version?: string; readonly host: string };
  /** Forwarders that use it, and those of them that work. */
  readonly forwarders: { readonly total: number; readonly active: number };
}

/**
 * Keeps a connection to a remote server: tries its hosts in their order, waits for longer after each round that fails, and tells its forwarders when
 * there is a connection. It has one timer, for whatever comes next.
 */
export class Connector implements ConnectionHome {
  readonly name: string;
  readonly space: AddressSpace;
  /** Without whether it is paused, which comes and goes. */
  readonly spec: ConnectorSpec;
  readonly limits: AmqpLimits;
  readonly #parts: ConnectorParts;
  readonly #targets: readonly Target[];
  readonly #backOff: BackOff;
  readonly #attempts: Attempts;
  readonly #phase: PhaseRecord;
  readonly #forwarders = new Set<Forwarder>();
  #at = 0;
  #timer: { cancel(): void } | undefined;
  /** Gives up what is being dialled. */
  #giveUp: (() => void) | undefined;
  #connection: InitiatedConnection | undefined;
  #remote: ConnectorStatus['remote'];
  #paused: boolean;
  /** Paused, with something under way: when it is not waited for any more. */
  #leaveAtMs = 0;
  /** We have ended the connection, since it was paused. */
  #left = false;
  #stopping: string | undefined;
  #onStopped: (() => void) | undefined;

  constructor(name: string, space: AddressSpace, { paused = false, ...spec }: ConnectorSpec, parts: ConnectorParts) {
    this.name = name;
    this.space = space;
    this.spec = spec;
    this.#parts = parts;
    const { idleTimeoutMs = CONNECTOR_DEFAULTS.idleTimeoutMs, failover = [], tls, backoff } = spec;
    this.limits = amqpLimits({ ...parts.limits, idleTimeoutMs, closeTimeoutMs: CLOSE_TIMEOUT_MS });
    this.#targets = [spec, ...failover].map(host => targetOf(host, tls));
    this.#backOff = { ...CONNECTOR_DEFAULTS.backoff, ...backoff };
    this.#attempts = new Attempts(this.#backOff);
    this.#phase = new PhaseRecord(parts.turn, parts.report, 'connector', { connector: name, addressSpace: space.name });
    this.#paused = paused;
    if (paused) this.#sayPaused();
    else this.#dial();
  }

  get broker(): Broker {
    return this.#parts.broker;
  }

  get turn(): Turn {
    return this.#parts.turn;
  }

  get slabs(): SlabPool {
    return this.#parts.slabs;
  }

  get suspendedLinks(): SuspendedLinks {
    return this.#parts.suspendedLinks;
  }

  readonly report: ConnectionHome['report'] = event => this.#parts.report({ ...event, connector: this.name });

  status(): ConnectorStatus {
    let active = 0;
    for (const forwarder of this.#forwarders) if (forwarder.phase === 'Active') active++;
    return {
      ...this.#phase.status(),
      attempts: this.#attempts.failures,
      host: this.host,
      ...(this.#remote && { remote: this.#remote }),
      forwarders: { total: this.#forwarders.size, active },
    };
  }

  /** The host that is connected, or was tried last. */
  get host(): string {
    return targetText(this.#target);
  }

  get #target(): Target {
    return this.#targets[this.#at]!;
  }

  // ---- forwarders

  add(forwarder: Forwarder): void {
    this.#forwarders.add(forwarder);
    if (this.#paused) forwarder.connectorPaused();
    else if (this.#connection?.isOpen) forwarder.connected(this.#connection, this.#backOff);
    else forwarder.disconnected(this.#waiting());
  }

  delete(forwarder: Forwarder): void {
    this.#forwarders.delete(forwarder);
  }

  /** Why forwarders wait; undefined: nothing has gone wrong yet. */
  #waiting(): string | undefined {
    const { lastError } = this.#phase.status();
    return lastError === undefined ? undefined : `the connector ${this.name} is not connected: ${lastError}`;
  }

  // ---- connecting

  #later(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.turn.after(delayMs, run);
  }

  #dial(): void {
    const target = this.#target;
    this.#giveUp = dial(
      target,
      socket => this.#dialled(socket, target),
      why => this.#failed(why),
    );
  }

  #dialled(socket: Socket, target: Target): void {
    this.#giveUp = undefined;
    const { containerId, version } = this.#parts;
    const { hostname, credentials, mechanism, tls } = this.spec;
    const named = hostname ?? (isIP(target.host) === 0 ? target.host : undefined);
    const certificate = tls?.clientCertificate !== undefined;
    const { frameSizeBytesMax, channelMax, idleTimeoutMs } = this.limits;
    this.#connection = new InitiatedConnection(
      {
        home: this,
        space: this.space,
        login: { credentials, mechanism, certificate, hostname: named },
        open: {
          kind: 'open',
          containerId,
          ...(named !== undefined && { hostname: named }),
          maxFrameSize: frameSizeBytesMax,
          channelMax,
          // Half of it, as where peers connect to us.
          ...(idleTimeoutMs > 0 && { idleTimeOutMs: idleTimeoutMs >> 1 }),
          properties: new AmqpMap([
            [symbol('product'), 'angarium'],
            [symbol('version'), version],
          ]),
        },
        wordsOf: error => wordsOf(error, target),
        onOpen: open => this.#opened(open),
      },
      socket,
      peerOf(socket.remoteAddress, socket.remotePort),
    );
    this.#tickLater();
  }

  #tickLater(): void {
    this.#later(TICK_MS, () => {
      const { nowMs } = this.turn;
      this.#connection?.tick(nowMs);
      if (this.#connection?.isOpen) for (const forwarder of this.#forwarders) forwarder.tick(nowMs);
      if (this.#paused) this.#leaveWhenSettled();
      if (this.#connection) this.#tickLater();
    });
  }

  #opened(open: Open): void {
    const connection = this.#connection!;
    if (open.containerId === this.#parts.containerId)
      return connection.leave(
        'amqp:not-allowed',
        'the remote is this very server, and messages would go round in circles: correct the host',
      );
    this.#attempts.started(this.turn.nowMs);
    const product = plainText(open, 'product');
    const version = plainText(open, 'version');
    this.#remote = {
      container: open.containerId,
      ...(product !== undefined && { product }),
      ...(version !== undefined && { version }),
      host: targetText(this.#target),
    };
    this.#phase.is('Active', undefined, { remote: this.#remote });
    if (connection.passwordInClear && !this.spec.tls && !connection.peer.loopback)
      this.report({ level: 'warn', what: 'the password of a connector travels unencrypted: use tls', host: targetText(this.#target) });
    for (const forwarder of this.#forwarders) forwarder.connected(connection, this.#backOff);
  }

  /** The connection is gone. */
  forget(): void {
    const why = this.#connection?.why ?? 'the remote cut the connection without a word';
    const worked = this.#remote !== undefined;
    this.#connection = undefined;
    this.#remote = undefined;
    if (this.#stopping !== undefined) return this.#stopped();
    if (this.#paused || this.#left) return this.#pauseEnded();
    // A round of the hosts has ended: the next one begins with the first.
    if (worked) this.#at = this.#targets.length - 1;
    this.#failed(why);
    for (const forwarder of this.#forwarders) forwarder.disconnected(this.#waiting());
  }

  /** This host cannot be had: the next one is tried at once, and after the last one all of them, later. */
  #failed(why: string): void {
    this.#giveUp = undefined;
    this.#phase.is('Failed', why, { host: targetText(this.#target) });
    this.#at = (this.#at + 1) % this.#targets.length;
    if (this.#at > 0) return this.#later(0, () => this.#dial());
    const { nowMs } = this.turn;
    this.#later(Math.max(0, this.#attempts.failed(nowMs) - nowMs), () => this.#dial());
  }

  // ---- pauses

  get paused(): boolean {
    return this.#paused;
  }

  /** The connection ends in order, when what is under way over it is settled or soon after, and there is none until it is resumed. */
  pause(): void {
    this.#paused = true;
    this.#leaveAtMs = this.turn.nowMs + PAUSE_TIMEOUT_MS;
    this.#sayPaused();
    this.#giveUp?.();
    this.#giveUp = undefined;
    for (const forwarder of this.#forwarders) forwarder.connectorPaused();
    if (this.#connection) this.#leaveWhenSettled();
    else this.#timer?.cancel();
  }

  resume(): void {
    this.#paused = false;
    const connection = this.#connection;
    // Its end says when the next one may begin.
    if (this.#left) return this.#phase.is('Connecting', undefined);
    if (connection?.isOpen) {
      this.#phase.is('Active', undefined);
      for (const forwarder of this.#forwarders) forwarder.connected(connection, this.#backOff);
    } else this.#begin();
  }

  #begin(): void {
    this.#at = 0;
    this.#attempts.reset();
    this.#phase.is('Connecting', undefined);
    for (const forwarder of this.#forwarders) forwarder.disconnected(undefined);
    this.#dial();
  }

  #sayPaused(): void {
    this.#phase.paused(`it is paused: angarium connector resume ${this.name}`);
  }

  #leaveWhenSettled(): void {
    const connection = this.#connection;
    if (!connection || this.#left) return;
    let unsettled = 0;
    for (const forwarder of this.#forwarders) unsettled += forwarder.unsettled;
    if (connection.isOpen && unsettled > 0 && this.turn.nowMs < this.#leaveAtMs) return;
    this.#left = true;
    connection.leave('amqp:connection:forced', PAUSED);
  }

  #pauseEnded(): void {
    this.#left = false;
    this.#timer?.cancel();
    for (const forwarder of this.#forwarders) forwarder.connectorPaused();
    if (!this.#paused) this.#begin();
  }

  // ---- the end

  /** Ends the connection in order, and answers when it is over, or soon after. */
  async stop(why: string): Promise<void> {
    this.#stopping = why;
    this.#phase.is('Terminating', undefined);
    this.#giveUp?.();
    this.#giveUp = undefined;
    const connection = this.#connection;
    if (!connection) return this.#stopped();
    await new Promise<void>(resolve => {
      this.#onStopped = resolve;
      connection.leave('amqp:connection:forced', why);
      this.#later(CLOSE_TIMEOUT_MS, () => connection.destroy());
    });
  }

  #stopped(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#onStopped?.();
  }
}

function plainText({ properties }: Open, name: string): string | undefined {
  const value = toPlain(properties?.get(name) ?? null);
  return typeof value === 'string' ? value : undefined;
}
