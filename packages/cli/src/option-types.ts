import { parseDuration } from '@angarium/server/duration';
import { InvalidArgumentError } from 'commander';

/** Application properties of messages that are sent. */
export type SentProperties = Readonly<Record<string, string | number | boolean>>;

export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER ? `It is a whole number from ${least} on.` : `It is a whole number from ${least} to ${most}.`,
      );
    }
    return value;
  };
}

export function decimal(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return value;
  };
}

/** Milliseconds. */
export function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new InvalidArgumentError('It is a number with a unit, such as 500ms, 10s, 5m, 1h or 7d.');
  return value;
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Bytes. */
export function size(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/.exec(text) ?? [];
  const bytes = Number(number) * SIZE_UNITS[unit ?? '']!;
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw new InvalidArgumentError('It is a number of bytes, or one with a unit, such as 100kB, 64MiB or 2GB.');
  return bytes;
}

/** For options that may be given more than once. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Numbers of messages, for an option that may be given more than once: `7`, or `7,9`. */
export function collectNumbers(text: string, before: readonly number[] = []): number[] {
  return [...before, ...text.split(',').map(wholeNumber(0))];
}

/** An application property: `key=text`, or `key:=` with a number, `true` or `false`. */
export function collectProperty(text: string, before: SentProperties): SentProperties {
  const [, key, colon, value] = /^([^=]+?)(:?)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It is key=text, or key:=number.');
  return { ...before, [key]: colon === '' ? value : numberOrBoolean(value) };
}

function numberOrBoolean(text: string): number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('After := it is a number, true or false.');
  return value;
}
