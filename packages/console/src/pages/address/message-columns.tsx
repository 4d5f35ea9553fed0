import { Button, Label } from '@patternfly/react-core';
import type { QueuedMessage } from '../../api/messages.ts';
import { deadLetterWords, glimpse } from '../../logic/message-body.ts';
import type { Column } from '../../parts/data-table.tsx';
import { Age, Bytes } from '../../parts/figures.tsx';

/** What lists of messages say of each; where dead letters are among them, why they are there. */
export function messageColumns(
  messages: readonly QueuedMessage[],
  onLook: (message: QueuedMessage) => void,
): readonly Column<QueuedMessage>[] {
  const dead = messages.some(({ message }) => deadLetterWords(message) !== '');
  return [
    {
      key: 'sequence',
      title: 'Number',
      cell: message => (
        <Button variant="link" isInline onClick={() => onLook(message)} aria-label={`Look at message ${message.sequence}`}>
          {message.sequence}
        </Button>
      ),
      width: '6rem',
      narrow: true,
    },
    { key: 'state', title: 'State', cell: message => <StateLabel message={message} />, width: '9rem' },
    { key: 'stored', title: 'Stored', cell: ({ storedAt }) => <Age since={storedAt} />, width: '5rem' },
    { key: 'size', title: 'Size', cell: ({ sizeBytes }) => <Bytes value={sizeBytes} />, figures: true, width: '6rem' },
    {
      key: 'subject',
      title: 'Subject or topic',
      cell: ({ topic, message }) => <span title={topic ?? message.subject}>{topic ?? message.subject ?? '–'}</span>,
      width: '10rem',
    },
    ...(dead ? [WHY] : []),
    {
      key: 'body',
      title: 'Body',
      cell: ({ message, bodyOmitted }) =>
        bodyOmitted ? <span className="angarium-subtle">too large to be listed</span> : <code>{glimpse(message)}</code>,
      narrow: true,
    },
  ];
}

const WHY: Column<QueuedMessage> = {
  key: 'why',
  title: 'Why it is a dead letter',
  cell: ({ message }) => <span title={deadLetterWords(message)}>{deadLetterWords(message)}</span>,
  width: '16rem',
  narrow: true,
};

function StateLabel({ message: { state, attempts } }: { readonly message: QueuedMessage }) {
  return (
    <>
      {state}
      {attempts > 0 && (
        <>
          {' '}
          <Label isCompact status="warning">
            {attempts} failed
          </Label>
        </>
      )}
    </>
  );
}
