import { Bullseye, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import { ExclamationCircleIcon } from '@patternfly/react-icons';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { loadNewerConsole } from './newer-console.ts';

/** A page that cannot be shown, in words. Our own mistakes are told as such. */
export function ProblemPage({ error, again }: { readonly error: Error; readonly again: () => void }) {
  const title = error instanceof ApiProblem ? error.title : 'This page has made a mistake';
  return (
    <Bullseye>
      <EmptyState titleText={title} headingLevel="h1" icon={ExclamationCircleIcon} status="danger">
        <EmptyStateBody>{error.message}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button onClick={again}>Try again</Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </Bullseye>
  );
}

/** The same for a page of the router. A page whose code is gone, since a newer console was installed meanwhile, is there after loading again. */
export function PageProblem({ error, reset }: ErrorComponentProps) {
  const known = error instanceof Error ? error : new Error(String(error));
  const codeIsGone = /dynamically imported module|module script|preload CSS/i.test(known.message);
  useEffect(() => {
    if (codeIsGone) void loadNewerConsole();
  }, [codeIsGone]);
  return <ProblemPage error={known} again={codeIsGone ? () => window.location.reload() : reset} />;
}
