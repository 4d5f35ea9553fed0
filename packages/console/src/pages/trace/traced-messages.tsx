import { Button } from '@patternfly/react-core';
import { useMemo } from 'react';
import { nameOf, type TracedMessage, verdictOf } from '../../logic/trace-log.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { StepLabel } from './steps.tsx';

interface TracedMessagesProps {
  readonly messages: readonly TracedMessage[];
  /** The number of the one whose steps are shown. */
  readonly chosen: number;
  readonly onChoose: (number: number) => void;
}

/** The messages that are followed, each with how far it has come. */
export function TracedMessages({ messages, chosen, onChoose }: TracedMessagesProps) {
  const columns = useMemo(() => columnsOf(chosen, onChoose), [chosen, onChoose]);
  return <DataTable label="Followed messages" columns={columns} rows={messages} rowKey={({ number }) => String(number)} />;
}

function columnsOf(chosen: number, onChoose: (number: number) => void): readonly Column<TracedMessage>[] {
  return [
    {
      key: 'number',
      title: 'Message',
      cell: ({ number }) => (
        <Button variant="link" isInline onClick={() => onChoose(number)} aria-pressed={number === chosen}>
          {number === chosen ? <strong>{number}</strong> : number}
        </Button>
      ),
      width: '6rem',
      narrow: true,
    },
    { key: 'name', title: 'What it is', cell: message => <span title={nameOf(message)}>{nameOf(message) || '–'}</span> },
    { key: 'step', title: 'What became of it', cell: message => <StepLabel line={verdictOf(message)} />, width: '9rem', narrow: true },
    {
      key: 'words',
      title: 'In words',
      cell: message => <span title={verdictOf(message).words}>{verdictOf(message).words}</span>,
      width: '22rem',
    },
  ];
}
