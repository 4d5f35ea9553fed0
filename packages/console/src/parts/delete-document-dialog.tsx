import { Checkbox, Content } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { deleteDocument, type Kind, spaceOption } from '../api/documents.ts';
import { commandLine } from '../logic/command-line.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { useNotices } from './notices.tsx';

interface DeleteDocumentDialogProps {
  readonly kind: Kind;
  /** What people call one, as in "address plan". */
  readonly one: string;
  readonly space: string;
  readonly name: string;
  /** What happens to those that use it, when it goes for all that; absent: nothing keeps it. */
  readonly force?: string;
  readonly onClose: (done: boolean) => void;
  /** What will be lost. */
  readonly children: ReactNode;
}

/** Deletes one declared document. */
export function DeleteDocumentDialog({ kind, one, space, name, force: forceWords, onClose, children }: DeleteDocumentDialogProps) {
  const [force, setForce] = useState(false);
  const id = useId();
  const client = useQueryClient();
  const { tell } = useNotices();
  const confirm = async (): Promise<void> => {
    await deleteDocument(kind, space, name, force);
    await client.invalidateQueries({ queryKey: ['documents', kind] });
    tell(`Deleted the ${one} ${name}`);
  };
  return (
    <ConfirmDialog
      title={`Delete the ${one} ${name}?`}
      verb="Delete"
      typed={name}
      change={{ commands: [commandLine(['delete', kind.toLowerCase(), name], { ...spaceOption(kind, space), force })] }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">{children}</Content>
      {forceWords !== undefined && (
        <Checkbox
          id={id}
          isChecked={force}
          onChange={(_, checked) => setForce(checked)}
          label="Although it is in use"
          description={forceWords}
        />
      )}
    </ConfirmDialog>
  );
}
