import { Button, Content, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useId } from 'react';
import { CopyBlock } from '../../parts/copy-block.tsx';

export interface Secret {
  /** What it is, as in "password". */
  readonly what: string;
  readonly user: string;
  readonly text: string;
  readonly expires?: string | undefined;
}

/** What is shown this once. */
export function SecretDialog({ secret, onClose }: { readonly secret: Secret; readonly onClose: () => void }) {
  const id = useId();
  const { what, user, text, expires } = secret;
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby={id}>
      <ModalHeader title={`The ${what} of ${user}`} labelId={id} />
      <ModalBody>
        <Content component="p">
          Take it along now: it is not shown again.{expires !== undefined && ` It is good until ${new Date(expires).toLocaleString()}.`}
        </Content>
        <CopyBlock label={`the ${what}`} text={text} />
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>I have it</Button>
      </ModalFooter>
    </Modal>
  );
}
