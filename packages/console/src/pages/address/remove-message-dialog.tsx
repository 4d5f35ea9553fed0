import { Content } from '@patternfly/react-core';
import { type QueuedMessage, removeMessage } from '../../api/messages.ts';
import { commandLine } from '../../logic/command-line.ts';
import { glimpse } from '../../logic/message-body.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';

interface RemoveMessageDialogProps {
  readonly space: string;
  readonly address: string;
  readonly message: QueuedMessage;
  readonly subscription: string | undefined;
  readonly onClose: (done: boolean) => void;
}

/** Removes one message, whatever has become of those before it. */
export function RemoveMessageDialog({ space, address, message, subscription, onClose }: RemoveMessageDialogProps) {
  const { sequence } = message;
  const { tell } = useNotices();
  const confirm = async (): Promise<void> => {
    await removeMessage(space, address, sequence, subscription);
    tell(`Removed message ${sequence}`);
  };
  return (
    <ConfirmDialog
      title={`Remove message ${sequence} of ${address}?`}
      verb="Remove"
      change={{ commands: [commandLine(['queue', 'cancel', address, String(sequence)], { space, subscription })] }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">It is lost. One that a consumer has is not removed.</Content>
      <code className="angarium-cut">{glimpse(message.message)}</code>
    </ConfirmDialog>
  );
}
