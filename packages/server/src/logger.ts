import type { Report } from '@angarium/core';
import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'auto' | 'text' | 'json';
  /** Where lines go; standard error when absent. */
  readonly stream?: DestinationStream;
  /** Whether that is a terminal, which decides what `auto` means. */
  readonly terminal?: boolean;
}

/** One line an event, to standard error: JSON for programs, or short lines for people. */
export function createLogger(options: LoggerOptions): Logger {
  const sink = options.stream ?? destination({ fd: 2, sync: true });
  const forPeople = options.format === 'text' || (options.format === 'auto' && (options.terminal ?? process.stderr.isTTY === true));
  const stream = forPeople ? { write: (line: string): void => void sink.write(textLine(line)) } : sink;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      formatters: { level: label => ({ level: label }) },
    },
    stream,
  );
}

/** Writes what is reported as lines of this logger. */
export function reportTo(logger: Logger): Report {
  return event => {
    const { level, what, ...details } = event;
    logger[level](details, what);
  };
}

/** Turns pino's JSON into `12:03:04.123 warn  part       what happened  key=value`. */
function textLine(json: string): string {
  const { level, time, part, msg, err, error = err, ...details } = JSON.parse(json) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const facts = Object.entries(details).map(([name, value]) => `  ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = error === undefined ? '' : `\n${String((error as { stack?: string }).stack)}`;
  const from = part === undefined ? '' : `${String(part).padEnd(9)} `;
  return `${clock} ${String(level).padEnd(5)} ${from}${String(msg ?? '')}${facts.join('')}${stack}\n`;
}
