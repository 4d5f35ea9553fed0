import { useMemo, useSyncExternalStore } from 'react';
import type { Versioned } from '../logic/versioned.ts';

/** Draws the component anew when it has changed, once a frame at most: things may come faster than anybody looks. */
export function useVersioned(of: Versioned): void {
  const drawn = useMemo(() => onceAFrame(of), [of]);
  useSyncExternalStore(drawn.subscribe, drawn.version);
}

function onceAFrame(of: Versioned): { readonly subscribe: (listener: () => void) => () => void; readonly version: () => number } {
  let version = of.version;
  return {
    version: () => version,
    subscribe: listener => {
      let frame = 0;
      const draw = (): void => {
        frame = 0;
        version = of.version;
        listener();
      };
      const stop = of.subscribe(() => {
        frame ||= requestAnimationFrame(draw);
      });
      return () => {
        stop();
        cancelAnimationFrame(frame);
      };
    },
  };
}
