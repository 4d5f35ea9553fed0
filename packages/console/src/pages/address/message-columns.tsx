import { Button, Label } from '@patternfly/react-core';
import type { QueuedMessage } from '../../api/messages.ts';
import { glimpse } from '../../logic/message-body.ts';
import type { Column } from '../../parts/data-table.tsx';
import { Age, Bytes } from '../../parts/figures.tsx';

/** What lists of messages say of each. */
export function messageColumns(onLook: (message: QueuedMessage) => void): readonly Column<QueuedMessage>[] {
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
    {
      key: 'body',
      title: 'Body',
      cell: ({ message, bodyOmitted }) =>
        bodyOmitted ? <span className="angarium-subtle">too large to be listed</span> : <code>{glimpse(message)}</code>,
      narrow: true,
    },
  ];
}

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
