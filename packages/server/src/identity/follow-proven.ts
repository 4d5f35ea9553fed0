import type { Principal, PrincipalFollower } from '@angarium/core';

/** The longest delay of a Node timer; longer ones are waited for in pieces. */
const TIMER_DELAY_MS_MAX = 0x7fff_ffff;

/** How long after its end a proof may still be renewed, in milliseconds: a session is renewed as long as somebody follows, and a provider may be slow. */
const RENEWED_WITHIN_MS = 10_000;

/**
 * Follows the principal for an answer that goes on for long: that it ends is heard also when what has proved who it is has run out, and was not
 * renewed. The answer is to be called when the follower is done.
 */
export function followProven(principal: Principal, follower: PrincipalFollower, renewedWithinMs = RENEWED_WITHIN_MS): () => void {
  const unfollow = principal.follow(follower);
  let timer: NodeJS.Timeout | undefined;
  const wait = (leftMs: number): void => {
    timer = setTimeout(look, Math.min(Math.max(leftMs, 0), TIMER_DELAY_MS_MAX)).unref();
  };
  const look = (): void => {
    const leftMs = (principal.expiresAtMs ?? Number.POSITIVE_INFINITY) + renewedWithinMs - Date.now();
    if (leftMs > 0) wait(leftMs);
    else follower.principalEnded('what has proved who the user is has run out');
  };
  if (principal.expiresAtMs !== undefined) wait(principal.expiresAtMs + renewedWithinMs - Date.now());
  return () => {
    clearTimeout(timer);
    unfollow();
  };
}
