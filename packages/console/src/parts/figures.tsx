import { shortAge, shortBytes, shortNumber } from '../logic/units.ts';

/** A number, short; whoever points at it sees all of it. */
export function Count({ value }: { readonly value: number }) {
  const text = shortNumber(value);
  return (
    <span className="angarium-figures" {...(text !== String(value) && { title: value.toLocaleString('en') })}>
      {text}
    </span>
  );
}

export function Bytes({ value }: { readonly value: number }) {
  return (
    <span className="angarium-figures" title={`${value.toLocaleString('en')} bytes`}>
      {shortBytes(value)}
    </span>
  );
}

/** How long ago, from a time in milliseconds since 1970 or as ISO 8601 has it; drawn anew whenever its page is. */
export function Age({ since }: { readonly since: number | string }) {
  const sinceMs = typeof since === 'number' ? since : Date.parse(since);
  return (
    <time className="angarium-figures" dateTime={new Date(sinceMs).toISOString()} title={new Date(sinceMs).toLocaleString()}>
      {shortAge((Date.now() - sinceMs) / 1000)}
    </time>
  );
}
