/** A number of messages, as people say it. */
export function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

/** How long something has taken, in seconds, minutes or hours that are over, as figures beside it count them. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
