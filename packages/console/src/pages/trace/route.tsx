import { Alert, Button, PageSection } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { useTrace } from '../../api/trace.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { sentence, type TraceWish } from '../../logic/trace-log.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Steps } from './steps.tsx';
import { TraceForm } from './trace-form.tsx';
import { TracedMessages } from './traced-messages.tsx';

/** Follows messages, and says in words what becomes of them and why they wait. */
export default function TracePage() {
  const space = useSpace();
  return <Trace key={space} space={space} />;
}

function Trace({ space }: { readonly space: string }) {
  const [{ address, sequence, subscription }, setSearch] = useSearchState({ address: '', sequence: '', subscription: '' });
  const { log, wish, error, begin, stop } = useTrace(space);
  const [chosen, setChosen] = useState<number>();
  const start = (next: TraceWish): void => {
    setChosen(undefined);
    setSearch({
      address: next.address,
      sequence: next.sequence === undefined ? '' : String(next.sequence),
      subscription: next.subscription ?? '',
    });
    begin(next);
  };
  // Whoever comes by a link to one message wants to know about it at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the page began with.
  useEffect(() => {
    if (address !== '' && sequence !== '') begin({ address, sequence: Number(sequence), ...(subscription !== '' && { subscription }) });
  }, []);
  const { messages, remarks, end } = log;
  const shown = messages.find(({ number }) => number === chosen) ?? messages[0];
  const running = wish !== undefined && end === undefined && error === undefined;
  return (
    <>
      <PageHeader
        title="Trace"
        description="Why did nobody get it? Messages are followed on their way through an address: what becomes of them, and why they wait."
      />
      <PageSection isFilled>
        <div className="angarium-words">
          <TraceForm space={space} first={{ address, sequence, subscription }} running={running} onBegin={start} onStop={stop} />
          <ProblemAlert error={error} />
          {remarks.map(({ words }) => (
            <Alert key={words} isInline isPlain component="p" variant="info" title={words} />
          ))}
          {running && messages.length === 0 && wish.sequence === undefined && (
            <Alert isInline isLiveRegion component="h2" variant="info" title={`Waiting for a message to ${wish.address}`}>
              Send one with your client, or{' '}
              <PageLink page="try-it" with={{ space }} search={{ address: wish.address }}>
                try it here
              </PageLink>{' '}
              in another tab.
            </Alert>
          )}
          {messages.length > 1 && <TracedMessages messages={messages} chosen={shown?.number ?? 0} onChoose={setChosen} />}
          {shown && <Steps space={space} message={shown} />}
          {end !== undefined && (
            <Alert isInline isLiveRegion variant="info" component="h2" title="The trace is over">
              {sentence(end)}{' '}
              {wish && (
                <Button variant="link" isInline onClick={() => start(wish)}>
                  Do it again
                </Button>
              )}
            </Alert>
          )}
        </div>
      </PageSection>
    </>
  );
}
