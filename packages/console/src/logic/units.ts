/** Figures as people read them. Nothing here looks at the clock or the page. */
const SCALES = [
  { limit: 1e12, letter: 'T' },
  { limit: 1e9, letter: 'G' },
  { limit: 1e6, letter: 'M' },
  { limit: 1e4, letter: 'k', divisor: 1e3 },
];

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `1,234`, `12.3k`, `4.56M`: at most five characters and a letter. */
export function shortNumber(value: number): string {
  for (const { limit, letter, divisor = limit } of SCALES) if (Math.abs(value) >= limit) return `${threeDigits(value / divisor)}${letter}`;
  return whole.format(value);
}

/** A rate: `0`, `0.5`, `12`, `3.4k`. */
export function shortRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 0.1) return '<0.1';
  return perSecond < 10 ? String(Number(perSecond.toFixed(1))) : shortNumber(Math.round(perSecond));
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function shortBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${BYTE_UNITS[unit]}`;
}

const AGES = [
  { seconds: 86_400, letter: 'd' },
  { seconds: 3_600, letter: 'h' },
  { seconds: 60, letter: 'm' },
];

/** `5 s`, `3 m`, `2 h`, `12 d`: how long something has been so. */
export function shortAge(seconds: number): string {
  for (const age of AGES) if (seconds >= age.seconds) return `${Math.floor(seconds / age.seconds)} ${age.letter}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

function threeDigits(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

/** `1 message`, `2 messages`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
