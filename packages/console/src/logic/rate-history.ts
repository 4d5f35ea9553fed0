/** Samples of one sparkline: a minute at the usual interval of two seconds. */
export const SAMPLES = 30;

/** The latest rates of something, a second, oldest first. What has never moved has none, so that thousands of idle addresses cost nothing. */
export class RateHistory {
  readonly samples = new Float32Array(SAMPLES);
  /** Whether all samples are 0. */
  idle = true;

  push(perSecond: number): void {
    this.samples.copyWithin(0, 1);
    this.samples[SAMPLES - 1] = perSecond;
    this.idle = perSecond === 0 && this.samples.every(sample => sample === 0);
  }

  get latest(): number {
    return this.samples[SAMPLES - 1]!;
  }
}

/** What a counter that only grows has grown by each second. One that was begun anew (the server was restarted) counts from 0. */
export function perSecond(before: number, now: number, elapsedMs: number): number {
  if (elapsedMs <= 0) return 0;
  return ((now >= before ? now - before : now) * 1000) / elapsedMs;
}
