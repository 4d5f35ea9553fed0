import { FormGroup, TextInput } from '@patternfly/react-core';
import { type ReactNode, useId, useState } from 'react';
import type { Change } from '../logic/command-line.ts';
import { ChangeDialog } from './change-dialog.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly verb: string;
  /** What has to be typed, so that nobody does it by a slip: a name, or a number of things. Absent: the button is enough. */
  readonly typed?: string;
  /** Whether it can be done at all. */
  readonly ready?: boolean;
  readonly change: Change;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: (done: boolean) => void;
  /** What will be lost, in words. */
  readonly children: ReactNode;
}

/** Asks before something is lost. */
export function ConfirmDialog({ typed, ready = true, children, ...dialog }: ConfirmDialogProps) {
  const id = useId();
  const [text, setText] = useState('');
  return (
    <ChangeDialog {...dialog} danger ready={ready && (typed === undefined || text === typed)}>
      <div className="angarium-words">{children}</div>
      {typed !== undefined && (
        <FormGroup
          fieldId={id}
          label={
            <>
              Type <strong>{typed}</strong> to confirm
            </>
          }
        >
          <TextInput id={id} value={text} onChange={(_, next) => setText(next)} autoComplete="off" spellCheck={false} />
        </FormGroup>
      )}
    </ChangeDialog>
  );
}
