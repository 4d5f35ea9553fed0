import { Banner } from '@patternfly/react-core';
import { useEffect, useSyncExternalStore } from 'react';
import { reachable } from '../api/reachable.ts';
import { send } from '../api/request.ts';

/** How often the server is asked while it does not answer, in milliseconds. */
const ASK_MS = 2_000;

/** Says so while the server does not answer, and goes by itself; what pages show until then is from before. */
export function LostBanner() {
  const lost = useSyncExternalStore(reachable.subscribe, reachable.isLost);
  useEffect(() => {
    if (!lost) return;
    // Whatever it answers, it is there; no answer is what is known already.
    const timer = setInterval(() => void send('/healthz').catch(() => undefined), ASK_MS);
    return () => clearInterval(timer);
  }, [lost]);
  return (
    <div role="status">
      {lost && (
        <Banner color="yellow" screenReaderText="Warning:">
          The server does not answer. What you see is from before; the console goes on by itself when it is back.
        </Banner>
      )}
    </div>
  );
}
