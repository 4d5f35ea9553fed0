import type { Socket } from 'node:net';
import type { Report } from '@angarium/core';
import type { CuttableConnection } from '@angarium/transport';
import { peerName } from './request.ts';

/** A connection on which no whole request has come yet, whoever is to read it. */
export class Stranger implements CuttableConnection {
  readonly sinceMs: number;
  readonly #socket: Socket;
  readonly #report: Report;

  constructor(socket: Socket, sinceMs: number, report: Report) {
    this.#socket = socket;
    this.sinceMs = sinceMs;
    this.#report = report;
  }

  cut(why: string, details: Record<string, unknown>): void {
    this.#report({ level: 'warn', what: `connection cut: ${why}`, peer: peerName(this.#socket), ...details });
    this.#socket.destroy();
  }
}
