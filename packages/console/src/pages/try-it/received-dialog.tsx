import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import type { ReceivedMessage } from '../../logic/trial.ts';
import { MessageBody, MessageMetadata } from '../../parts/message-view.tsx';

interface ReceivedDialogProps {
  readonly received: ReceivedMessage;
  readonly onReply: (received: ReceivedMessage) => void;
  readonly onClose: () => void;
}

/** All of a message that has come. */
export function ReceivedDialog({ received, onReply, onClose }: ReceivedDialogProps) {
  const { message, subscription } = received;
  const title = `Message of ${String(message.address ?? subscription.wish.address)}`;
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} description={`Received at ${new Date(received.atMs).toLocaleString()}`} />
      <ModalBody tabIndex={0}>
        <div className="angarium-words">
          <MessageBody message={message} />
          <MessageMetadata message={message} />
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
        {message.replyTo !== undefined && (
          <Button variant="secondary" onClick={() => onReply(received)}>
            Reply to {String(message.replyTo)}
          </Button>
        )}
      </ModalFooter>
    </Modal>
  );
}
