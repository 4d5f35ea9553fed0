import type { Outcome } from '@angarium/core';
import type { Delivery } from 'rhea';

/** What became of a delivery that rhea has sent: it keeps an outcome as an object of its own class. Its events do not tell modified from released. */
export function outcomeOf({ remote_state: state }: Delivery): Outcome['kind'] {
  return (state as unknown as { constructor: { composite_type: Outcome['kind'] } }).constructor.composite_type;
}
