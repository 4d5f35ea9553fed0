import { Alert, AlertActionCloseButton, AlertGroup } from '@patternfly/react-core';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { problemWords } from './problem-alert.tsx';

interface Notice {
  readonly key: number;
  readonly variant: 'success' | 'info' | 'danger';
  readonly title: string;
  readonly words?: string;
}

interface Tell {
  /** What has been done, as in "Deleted orders". */
  readonly tell: (title: string, words?: string) => void;
  /** What has not been done, and why. It stays until it is closed. */
  readonly tellProblem: (title: string, error: unknown) => void;
}

/** Notices at a time; the oldest goes. */
const NOTICES_MAX = 5;
const SHOWN_MS = 8_000;

const NoticesContext = createContext<Tell | undefined>(undefined);

/** Results of what somebody has done, in a corner of the page; screen readers say them. */
export function useNotices(): Tell {
  const tell = useContext(NoticesContext);
  if (!tell) throw new Error('Pages stand inside Notices.');
  return tell;
}

let keys = 0;

export function Notices({ children }: { readonly children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const remove = useCallback((key: number) => setNotices(before => before.filter(notice => notice.key !== key)), []);
  const tell = useMemo<Tell>(() => {
    const add = (notice: Omit<Notice, 'key'>): void => setNotices(before => [...before, { ...notice, key: keys++ }].slice(-NOTICES_MAX));
    return {
      tell: (title, words) => add({ variant: 'success', title, ...(words && { words }) }),
      tellProblem: (title, error) => add({ variant: 'danger', title, words: problemWords(error).words }),
    };
  }, []);
  return (
    <NoticesContext value={tell}>
      {children}
      <AlertGroup isToast isLiveRegion aria-label="Notices">
        {notices.map(({ key, variant, title, words }) => (
          <Alert
            key={key}
            component="p"
            variant={variant}
            title={title}
            timeout={variant === 'danger' ? false : SHOWN_MS}
            onTimeout={() => remove(key)}
            actionClose={<AlertActionCloseButton onClose={() => remove(key)} aria-label={`Close: ${title}`} />}
          >
            {words}
          </Alert>
        ))}
      </AlertGroup>
    </NoticesContext>
  );
}
