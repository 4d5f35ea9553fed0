import { Alert, Button, Grid, GridItem, Label, PageSection } from '@patternfly/react-core';
import { useState } from 'react';
import { useMayAny } from '../../api/access.ts';
import { useTrial } from '../../api/use-trial.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { type MessageForm, messageForm } from '../../logic/message-form.ts';
import type { ReceivedMessage } from '../../logic/trial.ts';
import { NotAllowed } from '../../parts/not-allowed.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { ReceiveCard } from './receive-card.tsx';
import { ReceivedDialog } from './received-dialog.tsx';
import { ReceivedList } from './received-list.tsx';
import { SendCard } from './send-card.tsx';
import { Subscriptions } from './subscriptions.tsx';

/** What is to be sent, and where. */
export interface Letter {
  readonly address: string;
  readonly form: MessageForm;
  /** A reply to it is waited for. */
  readonly asks: boolean;
}

/** Sends and receives from the browser, as any other client does. */
export default function TryItPage() {
  const space = useSpace();
  const maySend = useMayAny('send') !== 'none';
  const mayReceive = useMayAny('receive') !== 'none';
  if (maySend || mayReceive) return <TryIt key={space} space={space} maySend={maySend} mayReceive={mayReceive} />;
  return (
    <>
      <PageHeader title="Try it" />
      <PageSection isFilled>
        <NotAllowed title="You may not send or receive" what="send to any address, or receive from any" />
      </PageSection>
    </>
  );
}

interface TryItProps {
  readonly space: string;
  readonly maySend: boolean;
  readonly mayReceive: boolean;
}

function TryIt({ space, maySend, mayReceive }: TryItProps) {
  const [{ address }] = useSearchState({ address: '' });
  const { trial, problem } = useTrial(space);
  const [letter, setLetter] = useState<Letter>(() => ({ address, form: messageForm({ body: 'Hello' }), asks: false }));
  const [shown, setShown] = useState<ReceivedMessage>();
  const reply = ({ message }: ReceivedMessage): void => {
    const correlationId = message.correlationId ?? message.messageId;
    setShown(undefined);
    setLetter({
      address: String(message.replyTo),
      form: messageForm({ body: '', ...(correlationId !== undefined && { correlationId }) }),
      asks: false,
    });
  };
  return (
    <>
      <PageHeader
        title="Try it"
        description="This page is a client like any other: it sends and receives over a WebSocket, with your rights."
        beside={
          <Label isCompact status={trial.connected ? 'success' : 'warning'}>
            {trial.connected ? 'Connected' : 'Not connected'}
          </Label>
        }
      />
      <PageSection isFilled>
        <div className="angarium-words">
          {problem !== undefined && (
            <Alert isInline isLiveRegion variant="warning" title={problem}>
              The page tries again by itself, and subscribes to the same again.
            </Alert>
          )}
          <Grid hasGutter lg={6}>
            <GridItem>
              {mayReceive ? (
                <ReceiveCard space={space} trial={trial} address={address}>
                  <Subscriptions trial={trial} />
                </ReceiveCard>
              ) : (
                <NotAllowed title="You may not receive" what="receive from any address" />
              )}
            </GridItem>
            <GridItem>
              {maySend ? (
                <SendCard space={space} trial={trial} letter={letter} onLetter={setLetter} />
              ) : (
                <NotAllowed title="You may not send" what="send to any address" />
              )}
            </GridItem>
          </Grid>
          <ReceivedList
            trial={trial}
            onShow={setShown}
            actions={
              <Button variant="secondary" isDisabled={trial.received.length === 0} onClick={() => trial.clear()}>
                Clear the list
              </Button>
            }
          />
        </div>
        {shown && <ReceivedDialog received={shown} onReply={reply} onClose={() => setShown(undefined)} />}
      </PageSection>
    </>
  );
}
