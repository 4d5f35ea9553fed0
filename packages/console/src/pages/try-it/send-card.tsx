import { Button, Card, CardBody, CardTitle, Checkbox, Flex, Form, Label, List, ListItem } from '@patternfly/react-core';
import { type FormEvent, useId } from 'react';
import { requestReply } from '../../api/messages.ts';
import { messagesPath, withQuery } from '../../api/request.ts';
import { glimpse } from '../../logic/message-body.ts';
import { messageOf, sendCommands } from '../../logic/message-form.ts';
import { requestCommand } from '../../logic/request-headers.ts';
import type { SentMessage, Trial } from '../../logic/trial.ts';
import { AddressField } from '../../parts/address-field.tsx';
import { MessageFields } from '../../parts/message-fields.tsx';
import { ShowCommand } from '../../parts/show-command.tsx';
import type { Letter } from './route.tsx';
import './try-it.css';

/** How long a message may wait for credit, in milliseconds. */
const CREDIT_WAIT_MS = 5_000;
/** How long a reply is waited for. */
const REPLY_WAIT = '10s';

interface SendCardProps {
  readonly space: string;
  readonly trial: Trial;
  readonly letter: Letter;
  readonly onLetter: (letter: Letter) => void;
}

/** Sends, and says what became of it. */
export function SendCard({ space, trial, letter, onLetter }: SendCardProps) {
  const { address, form, asks } = letter;
  const id = useId();
  const message = messageOf(form);
  const wrong = typeof message === 'string' ? message : undefined;
  const ready = address !== '' && wrong === undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready || typeof message === 'string') return;
    if (asks) void trial.request(address, message, () => requestReply(space, address, message, REPLY_WAIT));
    else trial.send(address, message, CREDIT_WAIT_MS);
  };
  const url = new URL(messagesPath(space, address || 'ADDRESS'), window.location.href).href;
  const commands =
    typeof message === 'string'
      ? []
      : asks
        ? [requestCommand(message, withQuery(url, { reply: REPLY_WAIT }))]
        : sendCommands(message, { space, address: address || 'ADDRESS', url, count: 1 });
  return (
    <Card isCompact isFullHeight>
      <CardTitle component="h2">Send</CardTitle>
      <CardBody className="angarium-words">
        <Form onSubmit={submit} aria-label="Send">
          <AddressField space={space} label="Send to" value={address} onChange={next => onLetter({ ...letter, address: next })} />
          <MessageFields form={form} onForm={next => onLetter({ ...letter, form: next })} wrong={wrong} />
          <Checkbox
            id={`${id}-asks`}
            isChecked={asks}
            onChange={(_, checked) => onLetter({ ...letter, asks: checked })}
            label="Wait for a reply"
            description="The message gets a reply address of its own, for ten seconds."
          />
          <div>
            <Button type="submit" isDisabled={!ready || !trial.connected}>
              Send
            </Button>
          </div>
          <ShowCommand change={{ commands }} />
        </Form>
        {trial.sent.length > 0 && (
          <List isPlain isBordered aria-label="Sent messages" className="angarium-sent">
            {trial.sent.map(sent => (
              <ListItem key={sent.key}>
                <Sent sent={sent} />
              </ListItem>
            ))}
          </List>
        )}
        <span className="pf-v6-screen-reader" role="status">
          {trial.sent[0] && outcomeWords(trial.sent[0])}
        </span>
      </CardBody>
    </Card>
  );
}

const STATUS = {
  'under way': undefined,
  accepted: 'success',
  replied: 'success',
  refused: 'danger',
  unknown: 'warning',
} as const satisfies Record<SentMessage['state'], string | undefined>;

function outcomeWords({ address, state, problem, reply }: SentMessage): string {
  if (problem !== undefined) return problem;
  if (reply) return glimpse(reply) || 'an empty reply';
  if (state === 'unknown') return 'The connection was lost before its outcome was known.';
  return state === 'under way' ? `On its way to ${address}` : `${address} has it`;
}

function Sent({ sent }: { readonly sent: SentMessage }) {
  const { state, tookMs } = sent;
  const status = STATUS[state];
  return (
    <Flex gap={{ default: 'gapSm' }} alignItems={{ default: 'alignItemsCenter' }} flexWrap={{ default: 'nowrap' }}>
      <Label isCompact {...(status && { status })}>
        {state}
      </Label>
      <span className="angarium-cut" title={sent.glimpse}>
        {outcomeWords(sent)}
      </span>
      {tookMs !== undefined && <span className="angarium-took angarium-subtle angarium-figures">{tookMs} ms</span>}
    </Flex>
  );
}
