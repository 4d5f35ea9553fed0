import type { Principal } from '@angarium/core';

/** Looks at an address space, and tells what it has seen to whoever asks, as far as they may know it. */
export interface Sampler {
  look(): void;
  /** The last look, or what has changed since the one before, as a server-sent event. */
  event(kind: 'snapshot' | 'change', principal: Principal): string;
  /** The last look as a JSON document. */
  document(principal: Principal): string;
}
