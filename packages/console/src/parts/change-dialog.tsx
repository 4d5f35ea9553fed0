import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId } from 'react';
import type { Change } from '../logic/command-line.ts';
import { ProblemAlert } from './problem-alert.tsx';
import { ShowCommand } from './show-command.tsx';

interface ChangeDialogProps {
  readonly title: string;
  /** What the button says: a verb, as in "Create". */
  readonly verb: string;
  readonly danger?: boolean;
  /** Whether it can be done as the fields are. */
  readonly ready?: boolean;
  readonly change: Change;
  /** Does it; what it throws is shown, and the dialog stays. */
  readonly onConfirm: () => Promise<unknown>;
  /** Closed: after it was done, or without. */
  readonly onClose: (done: boolean) => void;
  readonly size?: 'small' | 'medium' | 'large';
  /** Fields of a form, or text. */
  readonly children: ReactNode;
}

/** Where somebody begins: the first field, or else the button that does it. */
const FIRST = '[role="dialog"] :is(form input, form select, form textarea, footer button)';

/** A dialog that changes something: fields, the command that does the same, and what the server says when it refuses. */
export function ChangeDialog(props: ChangeDialogProps) {
  const { title, verb, danger = false, ready = true, change, onConfirm, onClose, size = 'medium', children } = props;
  const id = useId();
  const doing = useMutation({ mutationFn: onConfirm, onSuccess: () => onClose(true) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && !doing.isPending) doing.mutate();
  };
  return (
    <Modal
      isOpen
      variant={size}
      onClose={() => onClose(false)}
      elementToFocus={FIRST}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
    >
      <ModalHeader title={title} labelId={`${id}-title`} {...(danger && { titleIconVariant: 'warning' })} />
      <ModalBody id={`${id}-body`}>
        <Form id={id} onSubmit={submit}>
          <ProblemAlert error={doing.error} />
          {children}
          <ShowCommand change={change} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={id} variant={danger ? 'danger' : 'primary'} isDisabled={!ready} isLoading={doing.isPending}>
          {verb}
        </Button>
        <Button variant="link" onClick={() => onClose(false)}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
