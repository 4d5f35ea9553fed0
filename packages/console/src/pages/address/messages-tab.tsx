import { Bullseye, Button, FormSelect, FormSelectOption, Spinner } from '@patternfly/react-core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useMay, useMayAny } from '../../api/access.ts';
import { browseMessages, listSubscriptions, type MessageSelection, type QueuedMessage, SEQUENCES_MAX } from '../../api/messages.ts';
import { ApiProblem } from '../../api/problem.ts';
import { pagePath } from '../../app/pages.ts';
import { useSearchState } from '../../app/parameters.ts';
import { storesMessages } from '../../logic/address-types.ts';
import { deadLetterWords } from '../../logic/message-body.ts';
import { counted } from '../../logic/units.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RowMenu } from '../../parts/row-menu.tsx';
import type { AddressTabProps } from './address-tab.ts';
import { messageColumns } from './message-columns.tsx';
import { MessageDialog } from './message-dialog.tsx';
import { MessageFilter } from './message-filter.tsx';
import { type Operation, OperationDialog } from './operation-dialog.tsx';
import { OperationsMenu, offeredOperations } from './operations-menu.tsx';
import { SendDialog } from './send-dialog.tsx';

/** Messages that are asked for first, and with each further request: who goes on means to see many. */
const FIRST_MESSAGES = 100;
const MORE_MESSAGES = 500;
const BEGINNING = '0';

const NOTHING_SELECTED: ReadonlySet<string> = new Set();

type Doing =
  | { readonly what: 'operation'; readonly word: Operation; readonly messages: readonly QueuedMessage[] | undefined }
  | { readonly what: 'look' | 'send'; readonly message: QueuedMessage };

/** What an address holds: messages are looked at and stay where they are, until somebody moves or removes them. */
export function MessagesTab({ space, address }: AddressTabProps) {
  const { name } = address.metadata;
  const { type } = address.spec;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [{ selector, state, subscription }, setSearch] = useSearchState({ selector: '', state: '', subscription: '' });
  const [doing, setDoing] = useState<Doing>();
  const [marked, setMarked] = useState(NOTHING_SELECTED);
  const maySend = useMay(space, 'send', name);
  const ofTopic = type === 'topic';
  const subscriptions = useQuery({
    queryKey: ['subscriptions', space, name],
    queryFn: ({ signal }) => listSubscriptions(space, name, signal),
    enabled: ofTopic,
  });
  const named = (subscriptions.data ?? []).flatMap(each => each.name ?? []);
  const chosen = ofTopic ? subscription || named[0] : undefined;
  const selection: MessageSelection = { selector: selector || undefined, state: state || undefined, subscription: chosen };
  const looks = storesMessages(type) && (!ofTopic || chosen !== undefined);
  const browsing = useInfiniteQuery({
    queryKey: ['messages', space, name, selection],
    queryFn: ({ signal, pageParam }) =>
      browseMessages(space, name, { ...selection, from: pageParam, max: pageParam === BEGINNING ? FIRST_MESSAGES : MORE_MESSAGES }, signal),
    initialPageParam: BEGINNING,
    getNextPageParam: page => page.metadata.continue,
    enabled: looks,
    retry: false,
  });
  const messages = useMemo(() => (browsing.data?.pages ?? []).flatMap(page => page.items), [browsing.data]);
  const columns = useMemo(() => messageColumns(messages, message => setDoing({ what: 'look', message })), [messages]);
  const wrongSelector = isAboutSelector(browsing.error) ? browsing.error : undefined;
  const selected = useMemo(() => messages.filter(({ sequence }) => marked.has(String(sequence))), [messages, marked]);
  const offered = offeredOperations(type, { manage: useMay(space, 'manage', name), send: useMayAny('send') !== 'none' });
  const operate = (word: Operation, of: readonly QueuedMessage[]): void =>
    setDoing({ what: 'operation', word, messages: of.length > 0 ? of : undefined });
  const refresh = (): void => void client.invalidateQueries({ queryKey: ['messages', space, name] });
  const explain = ({ sequence }: QueuedMessage): void => {
    const search = { address: name, sequence: String(sequence), ...(chosen !== undefined && { subscription: chosen }) };
    void navigate({ to: pagePath('trace', { space }), search: search as never });
  };
  const close = (done: boolean): void => {
    setDoing(undefined);
    if (done) setMarked(NOTHING_SELECTED);
    // Also what was not done is seen then: what is gone, or was moved before an operation ended.
    refresh();
  };

  if (!storesMessages(type))
    return (
      <NothingHere title="Nothing is stored here">
        An address of type {type} hands each message on to consumers that are there, and keeps none: look at its clients.
      </NothingHere>
    );
  return (
    <>
      {ofTopic && <ProblemAlert error={subscriptions.error} />}
      {ofTopic && subscriptions.data && named.length === 0 && (
        <NothingHere title="There is no subscription to look into">
          A topic holds nothing itself: each subscription with a name keeps what is published for it.
        </NothingHere>
      )}
      {looks && (
        <>
          <MessageFilter
            selector={selector}
            problem={wrongSelector}
            onSelector={text => setSearch({ selector: text })}
            state={state}
            onState={next => setSearch({ state: next })}
            shown={browsing.data ? `${counted(messages.length, 'message')}${browsing.hasNextPage ? ' so far' : ''}` : ''}
            before={
              ofTopic && (
                <FormSelect value={chosen ?? ''} onChange={(_, next) => setSearch({ subscription: next })} aria-label="Subscription">
                  {named.map(each => (
                    <FormSelectOption key={each} value={each} label={each} />
                  ))}
                </FormSelect>
              )
            }
            actions={
              <>
                <Button variant="secondary" onClick={refresh} isLoading={browsing.isFetching}>
                  Look again
                </Button>
                {offered.length > 0 && (
                  <OperationsMenu offered={offered} selected={selected.length} onChoose={word => operate(word, selected)} />
                )}
              </>
            }
          />
          {!wrongSelector && <ProblemAlert error={browsing.error} again={refresh} />}
          {browsing.isPending && (
            <Bullseye>
              <Spinner aria-label="Asking the server" />
            </Bullseye>
          )}
          {browsing.data && (
            <DataTable
              label={`Messages of ${name}`}
              columns={columns}
              rows={messages}
              rowKey={({ sequence }) => String(sequence)}
              {...(offered.length > 0 && {
                selected: marked,
                onSelected: next => setMarked(new Set([...next].slice(0, SEQUENCES_MAX))),
              })}
              actions={message => (
                <RowMenu
                  label={`Actions for message ${message.sequence}`}
                  items={[
                    { title: 'Look at it', onChoose: () => setDoing({ what: 'look', message }) },
                    { title: 'Why does it wait?', onChoose: () => explain(message) },
                    ...(maySend ? [{ title: 'Send it again…', onChoose: () => setDoing({ what: 'send', message }) }] : []),
                    ...offered
                      .filter(({ word }) => word !== 'replay' || deadLetterWords(message.message) !== '')
                      .map(({ word, title }) => ({ title, danger: word === 'purge', onChoose: () => operate(word, [message]) })),
                  ]}
                />
              )}
              empty={
                selector || state ? (
                  <NothingHere
                    title="No message is like this"
                    action={
                      <Button variant="link" onClick={() => setSearch({ selector: '', state: '' })}>
                        Show all
                      </Button>
                    }
                  />
                ) : (
                  <NothingHere title="No message waits here">What is sent to {name} is listed here until it is consumed.</NothingHere>
                )
              }
            />
          )}
          {browsing.hasNextPage && (
            <Button variant="link" onClick={() => void browsing.fetchNextPage()} isLoading={browsing.isFetchingNextPage}>
              Show {MORE_MESSAGES} more
            </Button>
          )}
        </>
      )}
      {doing?.what === 'operation' && (
        <OperationDialog space={space} address={name} word={doing.word} selection={selection} messages={doing.messages} onClose={close} />
      )}
      {doing?.what === 'look' && (
        <MessageDialog address={name} messages={messages} first={doing.message} onClose={() => setDoing(undefined)} />
      )}
      {doing?.what === 'send' && <SendDialog space={space} address={address} like={doing.message.message} onClose={close} />}
    </>
  );
}

/** A mistake in the selector is told where it is written. */
function isAboutSelector(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.code === 'request-invalid' && error.message.startsWith('selector:');
}
