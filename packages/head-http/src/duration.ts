import { RequestError } from './problem.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a text such as `500ms`, `10s`, `5m` or `1h`; a bare number is milliseconds. Throws `RequestError` that names `where`. */
export function durationMs(text: string, where: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h)?$/.exec(text);
  if (match === null) throw new RequestError('request-invalid', `${where} is "${text}", and not a time such as 500ms, 10s or 5m.`);
  return Math.round(Number(match[1]) * UNITS_MS[match[2] ?? 'ms']!);
}
