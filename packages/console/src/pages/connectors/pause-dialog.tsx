import { Content } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { patchDocument, wholeDocument } from '../../api/documents.ts';
import { commandLine } from '../../logic/command-line.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';
import type { Connector, Forwarder } from './link-status.ts';

interface PauseDialogProps {
  readonly kind: 'Connector' | 'Forwarder';
  readonly space: string;
  readonly document: Connector | Forwarder;
  readonly onClose: () => void;
}

const WORDS = {
  Connector:
    'What is under way over it is settled first, and then its connection ends, with all of its forwarders. Queues and subscriptions keep what comes meanwhile.',
  Forwarder: 'What is under way is settled first, and then it moves no more messages. Queues and subscriptions keep what comes meanwhile.',
};

/** Has a connector or forwarder rest, or go on. */
export function PauseDialog({ kind, space, document: { metadata, spec }, onClose }: PauseDialogProps) {
  const { name } = metadata;
  const paused = spec.paused !== true;
  const verb = paused ? 'Pause' : 'Resume';
  const one = kind.toLowerCase();
  const client = useQueryClient();
  const { tell } = useNotices();
  const confirm = async (): Promise<void> => {
    await patchDocument(kind, space, name, { spec: { paused: paused || null } });
    // What becomes of a connector is seen in its forwarders too.
    await client.invalidateQueries({ queryKey: ['documents'] });
    tell(`${verb}d the ${one} ${name}`);
  };
  const { paused: _before, ...rest } = spec;
  return (
    <ChangeDialog
      title={`${verb} the ${one} ${name}?`}
      verb={verb}
      change={{
        commands: [commandLine([one, verb.toLowerCase(), name], { space })],
        document: wholeDocument({ kind, metadata: { name }, spec: { ...rest, ...(paused && { paused }) } }, space),
      }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">{paused ? WORDS[kind] : 'It goes on where it was.'}</Content>
    </ChangeDialog>
  );
}
