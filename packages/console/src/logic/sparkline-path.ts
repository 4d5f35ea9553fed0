/**
 * The line of a sparkline as an SVG path, in a box of `width` × `height`: the oldest sample at the left, 0 at the bottom, the largest at the top.
 * Sparklines beside each other compare shapes, not heights. Nothing but zeros is a line along the bottom.
 */
export function sparklinePath(samples: ArrayLike<number>, width: number, height: number): string {
  if (samples.length < 2) return '';
  let largest = 0;
  for (let at = 0; at < samples.length; at++) largest = Math.max(largest, samples[at]!);
  const step = width / (samples.length - 1);
  let path = '';
  for (let at = 0; at < samples.length; at++) {
    const y = largest === 0 ? height : height - (samples[at]! / largest) * height;
    path += `${at === 0 ? 'M' : 'L'}${round(at * step)} ${round(y)}`;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
