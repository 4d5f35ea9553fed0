import { Alert, AlertGroup, Label } from '@patternfly/react-core';
import { Age } from '../../parts/figures.tsx';
import type { Connector, Forwarder, LinkStatus, Phase } from './link-status.ts';

const STATUS = {
  Active: 'success',
  Connecting: 'info',
  Failed: 'danger',
  Paused: undefined,
  Terminating: 'warning',
} as const satisfies Record<Phase, string | undefined>;

/** How a connector or forwarder is, in one word. */
export function PhaseLabel({ status: known }: { readonly status: LinkStatus | undefined }) {
  if (known === undefined) return '–';
  const { phase, message } = known;
  const status = STATUS[phase];
  return (
    <Label isCompact title={message} {...(status && { status })}>
      {phase}
    </Label>
  );
}

/** As many are told in full; the list has all of them. */
const TOLD_MAX = 5;

/** What those that do not work say of it, and what to do. */
export function Failures({ one, documents }: { readonly one: string; readonly documents: readonly (Connector | Forwarder)[] }) {
  const failed = documents.filter(({ status }) => status?.phase === 'Failed');
  return (
    <AlertGroup aria-label="Needs attention">
      {failed.slice(0, TOLD_MAX).map(({ metadata: { name }, status }) => (
        <Alert key={name} isInline component="h2" variant="danger" title={`The ${one} ${name} does not work, and is tried again`}>
          {asSentence(status?.lastError)}
          {status?.lastErrorTime !== undefined && (
            <>
              {' '}
              (<Age since={status.lastErrorTime} /> ago)
            </>
          )}
        </Alert>
      ))}
    </AlertGroup>
  );
}

/** What went wrong is told as part of a line of a log. */
function asSentence(words = ''): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;
}
