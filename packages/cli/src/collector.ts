import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much the heap may grow, in percent of what lives in it, before the whole of it is looked through. */
const GROWTH_PERCENT = 80;
/** Bytes outside of the heap that came since young objects were looked through last, and are reason to do so again. */
const YOUNG_BYTES_MAX = 4 * 1024 * 1024;
const LOOK_MS = 50;

/**
 * Has the collector work in small steps. What is read from sockets lies outside of the heap: the collector looks through young objects, a
 * millisecond's work, for what grows in the heap alone, and through all of it, ten times as long, for what grows outside. A server that makes
 * little garbage in its heap would have the whole of it looked through several times a second under load, while everybody waits.
 * Both flags are read anew each time, which is why they may be set while the program runs.
 */
export function collectInSmallSteps(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
  let least = getHeapStatistics().external_memory;
  const look = (): void => {
    const bytes = getHeapStatistics().external_memory;
    if (bytes - least > YOUNG_BYTES_MAX) {
      collect({ type: 'minor' });
      least = getHeapStatistics().external_memory;
    } else least = Math.min(least, bytes);
  };
  setInterval(look, LOOK_MS).unref();
}
