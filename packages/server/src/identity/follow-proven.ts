import type { Principal, PrincipalFollower } from '@angarium/core';

/** The longest delay of a Node timer; longer ones are waited for in pieces. */
const TIMER_DELAY_MS_MAX = 0x7fff_ffff;

/**
 * Follows the principal for an answer that goes on for long: that it ends is heard also when what has proved who it is runs out, unless that has
 * been renewed until then. The answer is to be called when the follower is done.
 */
export function followProven(principal: Principal, follower: PrincipalFollower): () => void {
  const unfollow = principal.follow(follower);
  let timer: NodeJS.Timeout | undefined;
  const wait = (leftMs: number): void => {
    timer = setTimeout(look, Math.min(Math.max(leftMs, 0), TIMER_DELAY_MS_MAX)).unref();
  };
  const look = (): void => {
    const leftMs = (principal.expiresAtMs ?? Number.POSITIVE_INFINITY) - Date.now();
    if (leftMs > 0) wait(leftMs);
    else follower.principalEnded('what has proved who the user is has run out');
  };
  if (principal.expiresAtMs !== undefined) wait(principal.expiresAtMs - Date.now());
  return () => {
    clearTimeout(timer);
    unfollow();
  };
}
