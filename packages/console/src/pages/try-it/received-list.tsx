import { Button, Flex, Label } from '@patternfly/react-core';
import { type ReactNode, useMemo, useState } from 'react';
import { glimpse } from '../../logic/message-body.ts';
import { RECEIVED_SHOWN_MAX, type ReceivedMessage, type SettleOutcome, type Trial } from '../../logic/trial.ts';
import { counted } from '../../logic/units.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';

/** What can be said of a message, as buttons. */
const OUTCOMES: readonly { readonly outcome: SettleOutcome; readonly verb: string; readonly meaning: string }[] = [
  { outcome: 'accepted', verb: 'Accept', meaning: 'it is done' },
  { outcome: 'released', verb: 'Release', meaning: 'back as it was, for anybody' },
  { outcome: 'rejected', verb: 'Reject', meaning: 'it is invalid: a dead letter, where there is an address for those' },
];

interface ReceivedListProps {
  readonly trial: Trial;
  readonly onShow: (message: ReceivedMessage) => void;
  readonly actions: ReactNode;
}

/** What has come, newest first. */
export function ReceivedList({ trial, onShow, actions }: ReceivedListProps) {
  const [text, setText] = useState('');
  const columns = useMemo(() => columnsOf(trial, onShow), [trial, onShow]);
  const part = text.toLowerCase();
  const rows = trial.received.filter(({ message, subscription }) =>
    `${glimpse(message)} ${message.address ?? subscription.wish.address}`.toLowerCase().includes(part),
  );
  const total = trial.subscriptions.reduce((sum, { received }) => sum + received, 0);
  return (
    <div>
      <FilterBar
        label="Filter what was received"
        text={text}
        onText={setText}
        shown={`${counted(total, 'message')} received${total > RECEIVED_SHOWN_MAX ? `, the latest ${RECEIVED_SHOWN_MAX} are listed` : ''}`}
        moves
        actions={actions}
      />
      <DataTable
        label="Received messages"
        columns={columns}
        rows={rows}
        rowKey={({ key }) => String(key)}
        empty={
          <NothingHere title={trial.received.length > 0 ? 'No message is like this' : 'Nothing has been received'}>
            {trial.received.length > 0
              ? 'Filter by something else.'
              : trial.subscriptions.length > 0
                ? 'Send to an address that you receive from, here or with any other client.'
                : 'Receive from an address, and send to it: messages are listed here as they come.'}
          </NothingHere>
        }
      />
    </div>
  );
}

function columnsOf(trial: Trial, onShow: (message: ReceivedMessage) => void): readonly Column<ReceivedMessage>[] {
  return [
    { key: 'at', title: 'At', cell: ({ atMs }) => new Date(atMs).toLocaleTimeString(), width: '7rem' },
    {
      key: 'body',
      title: 'Body',
      cell: received => (
        <Button variant="link" isInline onClick={() => onShow(received)}>
          {glimpse(received.message) || 'an empty body'}
        </Button>
      ),
      narrow: true,
    },
    {
      key: 'address',
      title: 'Address',
      cell: ({ message, subscription }) => String(message.address ?? subscription.wish.address),
      width: '12rem',
    },
    {
      key: 'outcome',
      title: 'Outcome',
      cell: received => <Outcome trial={trial} received={received} />,
      width: '15rem',
      narrow: true,
    },
  ];
}

function Outcome({ trial, received }: { readonly trial: Trial; readonly received: ReceivedMessage }) {
  const { settled, message } = received;
  if (settled === 'gone')
    return (
      <Label isCompact status="warning" title="It went back to the address: the subscription or the connection has ended">
        went back
      </Label>
    );
  if (settled !== undefined)
    return (
      <Label isCompact {...(settled === 'accepted' && { status: 'success' as const })}>
        {settled}
      </Label>
    );
  return (
    <Flex gap={{ default: 'gapXs' }} flexWrap={{ default: 'nowrap' }}>
      {OUTCOMES.map(({ outcome, verb, meaning }) => (
        <Button
          key={outcome}
          variant={outcome === 'accepted' ? 'secondary' : 'link'}
          size="sm"
          title={meaning}
          aria-label={`${verb} ${glimpse(message)}`}
          onClick={() => trial.settle(received, outcome)}
        >
          {verb}
        </Button>
      ))}
    </Flex>
  );
}
