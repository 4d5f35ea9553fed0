import { Button, Content, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import type { QueuedMessage } from '../../api/messages.ts';
import { shortBytes } from '../../logic/units.ts';
import { MessageBody, MessageFacts, MessageMetadata, type Values } from '../../parts/message-view.tsx';

interface MessageDialogProps {
  readonly address: string;
  /** Those that are listed: one goes on to the next from here. */
  readonly messages: readonly QueuedMessage[];
  readonly first: QueuedMessage;
  readonly onClose: () => void;
}

/** All of one message. */
export function MessageDialog({ address, messages, first, onClose }: MessageDialogProps) {
  const [at, setAt] = useState(() => messages.indexOf(first));
  const queued = messages[at] ?? first;
  const { sequence, message, bodyOmitted, malformed, sizeBytes } = queued;
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-label={`Message ${sequence} of ${address}`}>
      <ModalHeader title={`Message ${sequence} of ${address}`} />
      <ModalBody tabIndex={0}>
        <div className="angarium-words" aria-live="polite">
          <MessageFacts values={placeOf(queued)} />
          {bodyOmitted ? (
            <Content component="p">The body is left out: the message has {shortBytes(sizeBytes)}. Receive it to see all of it.</Content>
          ) : (
            <MessageBody key={sequence} message={message} malformed={malformed} />
          )}
          <MessageMetadata message={message} />
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
        <Button variant="secondary" isDisabled={at <= 0} onClick={() => setAt(at - 1)}>
          Previous
        </Button>
        <Button variant="secondary" isDisabled={at >= messages.length - 1} onClick={() => setAt(at + 1)}>
          Next
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function placeOf({ state, attempts, redelivered, sizeBytes, storedAt, expiresAt, dueAt, topic }: QueuedMessage): Values {
  const time = (at: string): string => new Date(at).toLocaleString();
  return [
    ['State', state],
    ['Failed attempts', attempts === 0 && redelivered ? '0, though somebody may have had it' : String(attempts)],
    ['Stored', time(storedAt)],
    ['Size', shortBytes(sizeBytes)],
    ...(topic === undefined ? [] : [['Published to', topic] as const]),
    ...(dueAt === undefined ? [] : [['May be delivered', time(dueAt)] as const]),
    ...(expiresAt === undefined ? [] : [['Expires', time(expiresAt)] as const]),
  ];
}
