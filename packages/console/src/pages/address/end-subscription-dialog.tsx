import { Content } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { endSubscription } from '../../api/messages.ts';
import { commandLine } from '../../logic/command-line.ts';
import { counted } from '../../logic/units.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';

interface EndSubscriptionDialogProps {
  readonly space: string;
  readonly address: string;
  readonly name: string;
  /** What it is called: of a topic, or of a stream. */
  readonly what: 'subscription' | 'reader';
  readonly consumers: number;
  readonly onClose: (done: boolean) => void;
}

/** Ends a named subscription of a topic with what waits in it, or forgets the place of a stream's reader. */
export function EndSubscriptionDialog({ space, address, name, what, consumers, onClose }: EndSubscriptionDialogProps) {
  const client = useQueryClient();
  const { tell } = useNotices();
  const force = consumers > 0;
  const confirm = async (): Promise<void> => {
    await endSubscription(space, address, name, force);
    tell(`Ended the ${what} ${name}`);
    void client.invalidateQueries({ queryKey: what === 'reader' ? ['documents', 'Address'] : ['subscriptions', space, address] });
  };
  return (
    <ConfirmDialog
      title={`End the ${what} ${name}?`}
      verb="End it"
      typed={name}
      change={{ commands: [commandLine(['subscription', 'delete', address, name], { space, force })] }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">
        {what === 'reader' ? 'Its place is forgotten: it begins anew when it comes back.' : 'What waits in it is lost.'}
      </Content>
      {force && <Content component="p">{counted(consumers, 'consumer is', 'consumers are')} there, and will be told.</Content>}
    </ConfirmDialog>
  );
}
