import { Content } from '@patternfly/react-core';
import { deleteDocument } from '../../api/documents.ts';
import { commandLine } from '../../logic/command-line.ts';
import { counted } from '../../logic/units.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';
import type { AddressSpace } from './address-space.ts';

interface DeleteSpaceDialogProps {
  readonly space: AddressSpace;
  readonly onClose: (done: boolean) => void;
}

/** Ends an address space, with all that is in it. */
export function DeleteSpaceDialog({ space, onClose }: DeleteSpaceDialogProps) {
  const { name } = space.metadata;
  const { addresses = 0, stored = 0, users = 0, connections = 0 } = space.status ?? {};
  const { tell } = useNotices();
  // One that has nothing goes without force; what came into it meanwhile is not lost unseen then.
  const force = addresses > 0;
  const confirm = async (): Promise<void> => {
    await deleteDocument('AddressSpace', '', name, force);
    tell(`Deleted the address space ${name}`);
  };
  return (
    <ConfirmDialog
      title={`Delete the address space ${name}?`}
      verb="Delete"
      typed={name}
      change={{ commands: [commandLine(['space', 'delete', name], { force })] }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">
        It goes with {counted(addresses, 'address', 'addresses')}, {counted(stored, 'stored message')} and {counted(users, 'user')}. Its
        clients ({counted(connections, 'connection')}) are told, and sent away. There is no way back but a backup.
      </Content>
    </ConfirmDialog>
  );
}
