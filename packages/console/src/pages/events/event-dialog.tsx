import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import type { ServerEvent } from '../../logic/event-feed.ts';
import { Facts } from '../../parts/facts.tsx';
import { SeverityLabel } from './event-columns.tsx';

interface EventDialogProps {
  readonly event: ServerEvent;
  readonly onClose: () => void;
}

/** All that is known of an event. */
export function EventDialog({ event, onClose }: EventDialogProps) {
  const { reason, note, severity, atMs, addressSpace, regarding, count } = event;
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={reason}>
      <ModalHeader title={reason} />
      <ModalBody tabIndex={0}>
        <div className="angarium-words">
          <p>{note}</p>
          <Facts
            facts={[
              { term: 'When', value: new Date(atMs).toLocaleString() },
              { term: 'Severity', value: <SeverityLabel severity={severity} /> },
              { term: 'Address space', value: addressSpace ?? 'of the whole server' },
              { term: 'Regarding', value: `${regarding.kind} ${regarding.name}`.trim() },
              { term: 'How many', value: count },
            ]}
          />
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}
