import { Content, Progress } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type MessageSelection, type OperationReport, type OperationWord, type QueuedMessage, runOperation } from '../../api/messages.ts';
import { commandLine } from '../../logic/command-line.ts';
import { glimpse } from '../../logic/message-body.ts';
import { counted } from '../../logic/units.ts';
import { AddressField } from '../../parts/address-field.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** What is done with messages, once somebody has confirmed it. */
export type Operation = Exclude<OperationWord, 'count'>;

const WORDS = {
  purge: { verb: 'Remove', done: 'Removed', words: 'They are lost. What consumers have is left where it is.' },
  move: {
    verb: 'Move',
    done: 'Moved',
    words: 'They are stored there, and removed here. They begin anew: no failed attempts.',
  },
  copy: { verb: 'Copy', done: 'Copied', words: 'They are stored there as well.' },
  replay: {
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
  /** Exactly these of them; absent: all that the selection means. */
  readonly messages?: readonly QueuedMessage[] | undefined;
  readonly onClose: (done: boolean) => void;
}

/** Does something with all messages that are meant: says how many these are, and how far it has come. Closing it leaves the rest as it is. */
export function OperationDialog({ space, address, word, selection: listed, messages, onClose }: OperationDialogProps) {
  const { verb, done, words } = WORDS[word];
  const [selection] = useState<MessageSelection>(() =>
    messages ? { sequences: messages.map(({ sequence }) => sequence), subscription: listed.subscription } : listed,
  );
  const [single, another] = messages ?? [];
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
  const gone = counting.data?.gone?.length ?? 0;
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
    number: selection.sequences?.join(),
    to: word === 'replay' ? to || undefined : undefined,
    yes: word === 'purge',
  };
  const dialog = {
    title: `${verb} ${single && !another ? `message ${single.sequence}` : messages ? counted(messages.length, 'message') : 'messages'} of ${address}`,
    verb,
    change: { commands: [commandLine(['queue', word, address, ...target], options)] },
    onConfirm: confirm,
    onClose,
  };
  const about = (
    <>
      <ProblemAlert error={counting.error} title="They could not be counted" />
      <Content component="p">
        {matched === undefined ? 'Counting…' : `${counted(matched, 'message')} ${matched === 1 ? 'is' : 'are'} meant.`}{' '}
        {gone > 0 && `${counted(gone, 'message is', 'messages are')} not there any more. `}
        {words}
      </Content>
      {single && !another && <code className="angarium-cut">{glimpse(single.message)}</code>}
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
