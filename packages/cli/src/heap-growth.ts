import { setFlagsFromString } from 'node:v8';

/** How much the heap may grow, in percent of what lives in it, before the whole of it is looked through. */
const GROWTH_PERCENT = 150;

/**
 * Has the collector look through the whole heap more seldom. What is read from sockets lies outside of the heap and counts as its growth, so that
 * a server with little in its heap would be looked through several times a second under load, and each time everybody waits for some milliseconds.
 * The flag is read each time anew, which is why it may be set while the program runs.
 */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
