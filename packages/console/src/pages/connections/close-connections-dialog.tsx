import { Content } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { closeConnection } from '../../api/connections.ts';
import { inTurn } from '../../api/in-turn.ts';
import { ApiProblem } from '../../api/problem.ts';
import { commandLine } from '../../logic/command-line.ts';
import { counted } from '../../logic/units.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';

interface CloseConnectionsDialogProps {
  readonly ids: readonly string[];
  /** What people call the one that it is. */
  readonly client?: string;
  readonly onClose: (done: boolean) => void;
}

/** Ends connections; those that have gone by themselves meanwhile are as good as closed. */
export function CloseConnectionsDialog({ ids: given, client, onClose }: CloseConnectionsDialogProps) {
  // What was chosen when the dialog opened: the list behind it goes on.
  const [ids] = useState(given);
  const queries = useQueryClient();
  const { tell } = useNotices();
  const what = ids.length === 1 ? `the connection ${client || ids[0]}` : counted(ids.length, 'connection');
  const confirm = async (): Promise<void> => {
    const { done, refused } = await inTurn(ids, closeConnection);
    await Promise.all(['connections', 'links'].map(key => queries.invalidateQueries({ queryKey: [key] })));
    const left = refused.filter(({ error }) => !(error instanceof ApiProblem && error.status === 404));
    const closed = done + refused.length - left.length;
    if (closed > 0) tell(ids.length === 1 ? `Closed ${what}` : `Closed ${counted(closed, 'connection')}`);
    if (left.length > 0) throw left[0]!.error;
  };
  return (
    <ConfirmDialog
      title={`Close ${what}?`}
      verb="Close"
      {...(ids.length > 1 && { typed: String(ids.length) })}
      change={{ commands: ids.map(id => commandLine(['connection', 'close', id])) }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">
        The client is told that somebody who administers has closed it. Most connect again by themselves: to keep a user out, disable the
        user. What it has not settled goes to others.
      </Content>
    </ConfirmDialog>
  );
}
