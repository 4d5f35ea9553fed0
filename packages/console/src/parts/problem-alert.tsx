import { Alert, AlertActionLink } from '@patternfly/react-core';
import { ApiProblem } from '../api/problem.ts';

interface ProblemAlertProps {
  /** Nothing is drawn without one. */
  readonly error: unknown;
  /** What was tried, as in "The queue could not be emptied"; otherwise what the problem means. */
  readonly title?: string;
  readonly again?: () => void;
}

/** What went wrong and what to do, in the server's words. It is read out when it appears. */
export function ProblemAlert({ error, title, again }: ProblemAlertProps) {
  if (!error) return null;
  const { heading, words } = problemWords(error);
  return (
    <Alert
      isInline
      isLiveRegion
      component="p"
      variant="danger"
      title={title ?? heading}
      {...(again && { actionLinks: <AlertActionLink onClick={again}>Try again</AlertActionLink> })}
    >
      {words}
    </Alert>
  );
}

export function problemWords(error: unknown): { heading: string; words: string } {
  if (error instanceof ApiProblem) return { heading: error.title, words: error.message };
  return { heading: 'The console has made a mistake', words: error instanceof Error ? error.message : String(error) };
}
