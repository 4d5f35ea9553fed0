/** Whether the server answers: told by every request and stream, read by the banner on top of all pages. */
type Listener = () => void;

let lost = false;
const listeners = new Set<Listener>();

export const reachable = {
  /** `true` while the server does not answer. */
  isLost: (): boolean => lost,
  tell: (answered: boolean): void => {
    if (lost === !answered) return;
    lost = !answered;
    for (const listener of listeners) listener();
  },
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
