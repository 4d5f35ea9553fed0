import { median } from './report.ts';

/** What one case took of the servers' CPU time in one round: microseconds for a message. `again` is a second server of the reference's version. */
export interface Round {
  readonly reference: number;
  readonly ours: number;
  readonly again: number;
}

export interface Slowdown {
  /** Ours to the reference's: the median of the pairs, and of the least that each ever took. */
  readonly ratio: number;
  readonly ratioOfLeast: number;
  /** The same of two servers of one version: what it differs from 1 by is chance. */
  readonly sameVersion: number;
  /** By how much the ratio may be wrong. */
  readonly noise: number;
  /** Even at the lower end of what the noise leaves open it is slower than it may be, and so it is where it was disturbed the least. */
  readonly over: boolean;
}

/**
 * Whether ours takes more CPU time than it may, beyond noise. Noise is the larger of two things: how far two servers of the same version are apart, and
 * how unsure a median of pairs is, those of one version included (the range in which the middle half of the ratios lies, by the root of their number).
 */
export function slowdownOf(rounds: readonly Round[], most: number): Slowdown {
  const ratios = rounds.map(({ ours, reference }) => ours / reference);
  const ratio = median(ratios)!;
  const same = rounds.map(({ again, reference }) => again / reference);
  const sameVersion = median(same)!;
  const spread = Math.max(middleRange(ratios), middleRange(same)) / Math.sqrt(rounds.length);
  const noise = Math.max(Math.abs(sameVersion - 1), spread);
  const least = (of: keyof Round): number => Math.min(...rounds.map(round => round[of]));
  const ratioOfLeast = least('ours') / least('reference');
  return { ratio, ratioOfLeast, sameVersion, noise, over: ratio - noise > most && ratioOfLeast > most };
}

/** From the first quartile to the third. */
function middleRange(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (place % 1) * (sorted[Math.ceil(place)]! - below);
  };
  return at(0.75) - at(0.25);
}
