import { Content, Progress } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type MessageSelection, type OperationReport, type OperationWord, runOperation } from '../../api/messages.ts';
import { commandLine } from '../../logic/command-line.ts';
import { counted } from '../../logic/units.ts';
import { AddressField } from '../../parts/address-field.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** What is done with messages, once somebody has confirmed it. */
export type Operation = Exclude<OperationWord, 'count'>;

const WORDS = {
  purge: { title: 'Remove messages', verb: 'Remove', done: 'Removed', words: 'They are lost. What consumers have is left where it is.' },
  move: {
    title: 'Move messages',
    verb: 'Move',
    done: 'Moved',
    words: 'They are stored there, and removed here. They begin anew: no failed attempts.',
  },
  copy: { title: 'Copy messages', verb: 'Copy', done: 'Copied', words: 'They are stored there as well.' },
  replay: {
    title: 'Send dead letters back',
    verb: 'Send back',
    done: 'Sent back',
    words: 'Each goes to the address where it became a dead letter, unless another one is named. It begins anew: no failed attempts.',
  },
} as const satisfies Record<Operation, object>;

interface OperationDialogProps {
  readonly space: string;
  readonly address: string;
  readonly word: Operation;
  readonly selection: MessageSelection;
  readonly onClose: (done: boolean) => void;
}

/** Does something with all messages that a selection means: says how many these are, and how far it has come. Closing it leaves the rest as it is. */
export function OperationDialog({ space, address, word, selection, onClose }: OperationDialogProps) {
  const { title, verb, done, words } = WORDS[word];
  const [to, setTo] = useState('');
  const [progress, setProgress] = useState<OperationReport>();
  const { tell } = useNotices();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const counting = useQuery({
    queryKey: ['count', space, address, selection],
    queryFn: ({ signal }) => runOperation(space, address, 'count', selection, () => {}, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const matched = counting.data?.matched;
  const confirm = async (): Promise<void> => {
    stop.current = new AbortController();
    const { done: count, skipped } = await runOperation(
      space,
      address,
      word,
      { ...selection, ...(to !== '' && { to }) },
      setProgress,
      stop.current.signal,
    );
    tell(
      `${done} ${counted(count, 'message')}`,
      skipped > 0
        ? `${counted(skipped, 'message was', 'messages were')} left: with a consumer, expired, or with nowhere to go.`
        : undefined,
    );
  };
  const needsTarget = word === 'move' || word === 'copy';
  const target = needsTarget ? [to || 'ADDRESS'] : [];
  const options = {
    space,
    selector: selection.selector,
    state: selection.state,
    subscription: selection.subscription,
    to: word === 'replay' ? to || undefined : undefined,
    yes: word === 'purge',
  };
  const dialog = {
    title: `${title} of ${address}`,
    verb,
    change: { commands: [commandLine(['queue', word, address, ...target], options)] },
    onConfirm: confirm,
    onClose,
  };
  const about = (
    <>
      <ProblemAlert error={counting.error} title="They could not be counted" />
      <Content component="p">
        {matched === undefined ? 'Counting…' : `${counted(matched, 'message')} ${matched === 1 ? 'is' : 'are'} meant.`} {words}
      </Content>
      {progress && (
        <Progress
          value={progress.total === 0 ? 100 : Math.round((100 * progress.examined) / progress.total)}
          title={`${progress.done.toLocaleString('en')} done`}
          aria-label="How far it has come"
        />
      )}
    </>
  );
  if (word === 'purge')
    return (
      <ConfirmDialog {...dialog} {...(matched !== undefined && matched > 1 && { typed: address })}>
        {about}
      </ConfirmDialog>
    );
  return (
    <ChangeDialog {...dialog} ready={!needsTarget || to !== ''}>
      {about}
      <AddressField
        space={space}
        label={needsTarget ? 'To the address' : 'All of them to this address instead'}
        value={to}
        onChange={setTo}
        required={needsTarget}
      />
    </ChangeDialog>
  );
}
