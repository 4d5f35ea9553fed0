/** A number of messages, as people say it. */
export function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

/** How long something takes, in seconds, minutes or hours. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
