/** Told when a request was answered that one has to sign in: a session has ended, or a password was changed. */
const listeners = new Set<() => void>();

export const sessionEnd = {
  tell: (): void => {
    for (const listener of listeners) listener();
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
