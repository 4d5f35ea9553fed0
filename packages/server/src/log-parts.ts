import type { CoreEvent, Report } from '@angarium/core';
import { type Logger, reportTo } from './logger.ts';

/** What says lines to the log, each with a level of its own. */
export const LOG_PARTS = {
  amqp: 'Connections over AMQP, also those over WebSockets.',
  mqtt: 'Connections over MQTT, also those over WebSockets.',
  http: 'Requests, event streams and WebSockets with JSON.',
  webhook: 'Webhooks.',
  connector: 'Connectors and forwarders.',
  broker: 'Addresses and what they store: messages that are lost or dropped, limits, pauses.',
  log: 'The durable log: its files, damage, pressure.',
  identity: 'Who is let in, who is not, and the authentication services that are asked.',
  tls: 'Listening, TLS handshakes, certificates.',
  audit: 'The audit log.',
  resources: 'Declared documents and the lives of address spaces.',
  server: 'Start, stop, and the rest.',
} as const;

export type LogPart = keyof typeof LOG_PARTS;
export const LOG_PART_NAMES = Object.keys(LOG_PARTS) as readonly LogPart[];
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Hears of everything that is reported, written or not. */
export type OnReport = (part: LogPart, event: CoreEvent) => void;

/** The log of the server, cut into parts: each line says which one it is of, and each part has a level that can be changed while it is in use. */
export class LogParts {
  readonly #loggers: Readonly<Record<LogPart, Logger>>;
  readonly #problems = new Map<string, number>();
  onReport: OnReport = () => {};

  /** Parts have the level of the logger, but for those that `levels` names. */
  constructor(logger: Logger, levels: Partial<Record<LogPart, LogLevel>> = {}) {
    const loggers = LOG_PART_NAMES.map(part => [part, logger.child({ part }, { level: levels[part] ?? logger.level })] as const);
    this.#loggers = Object.fromEntries(loggers) as Record<LogPart, Logger>;
  }

  /** For what reports events. */
  report(part: LogPart): Report {
    const write = reportTo(this.#loggers[part]);
    return event => {
      write(event);
      if (event.level === 'warn' || event.level === 'error') this.#count(part, event.level);
      this.onReport(part, event);
    };
  }

  /** Lines of this part and level since the start. */
  problems(part: string, level: 'warn' | 'error'): number {
    return this.#problems.get(`${part} ${level}`) ?? 0;
  }

  get levels(): Record<LogPart, LogLevel> {
    return Object.fromEntries(LOG_PART_NAMES.map(part => [part, this.#loggers[part].level])) as Record<LogPart, LogLevel>;
  }

  /** From now on. */
  change(levels: Partial<Record<LogPart, LogLevel>>): void {
    for (const part of LOG_PART_NAMES) {
      const level = levels[part];
      if (level !== undefined) this.#loggers[part].level = level;
    }
  }

  #count(part: LogPart, level: 'warn' | 'error'): void {
    const key = `${part} ${level}`;
    this.#problems.set(key, (this.#problems.get(key) ?? 0) + 1);
  }
}
