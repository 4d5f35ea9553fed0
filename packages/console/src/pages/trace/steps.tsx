import { Alert, Label, Title } from '@patternfly/react-core';
import { nameOf, type StepTone, sentence, type TracedMessage, type TraceLine, toneOf, verdictOf } from '../../logic/trace-log.ts';
import { PageLink } from '../../parts/page-link.tsx';
import './steps.css';

/** Steps that are shown of one message: the latest, where it has more. */
const STEPS_SHOWN_MAX = 500;

const STATUS = {
  good: 'success',
  bad: 'danger',
  waits: 'warning',
  plain: undefined,
} as const satisfies Record<StepTone, string | undefined>;

export function StepLabel({ line }: { readonly line: TraceLine }) {
  const status = STATUS[toneOf(line)];
  return (
    <Label isCompact {...(status && { status })}>
      {line.step}
    </Label>
  );
}

interface StepsProps {
  readonly space: string;
  readonly message: TracedMessage;
}

/** What has happened to one message, step by step, and where it is now. */
export function Steps({ space, message }: StepsProps) {
  const { number, steps } = message;
  const verdict = verdictOf(message);
  const begun = steps[0]!.atMs;
  const shown = steps.slice(-STEPS_SHOWN_MAX);
  const name = nameOf(message);
  return (
    <section aria-label={`Message ${number}`} className="angarium-words">
      <Title headingLevel="h2">
        Message {number}
        {name !== '' && <span className="angarium-subtle"> {name}</span>}
      </Title>
      <Alert isInline isLiveRegion component="h3" variant={STATUS[toneOf(verdict)] ?? 'info'} title={sentence(verdict.words)} />
      {shown.length < steps.length && <p>Of {steps.length.toLocaleString('en')} steps these are the latest.</p>}
      <ol className="angarium-steps">
        {shown.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end.
          <li key={at} className={`angarium-step-${toneOf(line)}`}>
            <Step space={space} line={line} afterMs={line.atMs - begun} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Step({ space, line, afterMs }: { readonly space: string; readonly line: TraceLine; readonly afterMs: number }) {
  const { address, words, atMs } = line;
  return (
    <>
      <div className="angarium-step-head">
        <StepLabel line={line} />
        <PageLink page="address" with={{ space, name: address }}>
          {address}
        </PageLink>
        <time className="angarium-subtle angarium-figures" dateTime={new Date(atMs).toISOString()} title={new Date(atMs).toLocaleString()}>
          {afterMs === 0 ? new Date(atMs).toLocaleTimeString() : `+${shortWait(afterMs)}`}
        </time>
      </div>
      <div>{sentence(words)}</div>
    </>
  );
}

/** `12 ms`, `3.4 s`. */
function shortWait(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
