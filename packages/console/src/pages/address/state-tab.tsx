import { Alert, AlertGroup, Card, CardBody, CardTitle, Gallery, Stack, StackItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useActivity } from '../../api/activity.ts';
import type { AddressDocument, DeadLetterCounts } from '../../api/address-document.ts';
import { listSubscriptions } from '../../api/messages.ts';
import { storesMessages } from '../../logic/address-types.ts';
import { CounterRate } from '../../logic/counter-rate.ts';
import { counted, shortAge, shortBytes, shortRate } from '../../logic/units.ts';
import { Count } from '../../parts/figures.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Tile } from '../../parts/tile.tsx';
import type { AddressTabProps } from './address-tab.ts';
import { DepthBars } from './depth-bars.tsx';
import { Readers } from './readers.tsx';
import { Subscriptions } from './subscriptions.tsx';

/** How an address is: what flows, what it holds and what that waits for, and what left it without being consumed. */
export function StateTab({ space, address }: AddressTabProps) {
  const { metadata, status, spec } = address;
  const { log } = useActivity(space);
  const row = log.rows.get(metadata.name);
  const settled = useRef(new CounterRate());
  const now = status!;
  // The same event counts once, however often it is drawn.
  if (row) settled.current.take(row.activity.settled, log.atMs);
  const attention = log.attention.filter(each => each.address === metadata.name);
  const { depth, counters } = now;
  const stores = storesMessages(spec.type);
  return (
    <Stack hasGutter>
      {(attention.length > 0 || now.pausedUntilMs !== undefined) && (
        <StackItem>
          <AlertGroup aria-label="Needs attention">
            {attention.map(each => (
              <Alert key={each.what} isInline component="h2" variant={each.severity} title={each.what}>
                {each.do}
              </Alert>
            ))}
            {now.pausedUntilMs !== undefined && (
              <Alert
                isInline
                component="h2"
                variant="warning"
                title={`Deliveries pause until ${new Date(now.pausedUntilMs).toLocaleTimeString()}`}
              >
                Nearly all of them have failed. Look at the dead letters for why.
              </Alert>
            )}
          </AlertGroup>
        </StackItem>
      )}
      <StackItem>
        <Gallery hasGutter minWidths={{ default: '130px' }}>
          <Tile title="In/s" below={<Total count={counters.in!} words="in all" />} history={row?.rateIn}>
            {shortRate(row?.rateIn?.latest ?? 0)}
          </Tile>
          <Tile title="Out/s" below={<Total count={counters.out!} words="in all" />} history={row?.rateOut}>
            {shortRate(row?.rateOut?.latest ?? 0)}
          </Tile>
          <Tile title="Settled/s" below={<Total count={counters.accepted!} words="accepted" />} history={settled.current.history}>
            {shortRate(settled.current.history.latest)}
          </Tile>
          {stores ? (
            <>
              <Tile title="Stored" below={shortBytes(depth.bytes)}>
                <Count value={now.stored} />
              </Tile>
              <Tile title="Oldest" below="since it was stored">
                {depth.oldestSeconds === undefined ? '–' : shortAge(depth.oldestSeconds)}
              </Tile>
            </>
          ) : (
            <>
              <Tile title="Producers" below="that send">
                <Count value={now.producers} />
              </Tile>
              <Tile title="Consumers" below="that receive">
                <Count value={now.consumers} />
              </Tile>
            </>
          )}
        </Gallery>
      </StackItem>
      {stores && (
        <StackItem>
          <Card>
            <CardTitle component="h2">What is stored, by what it waits for</CardTitle>
            <CardBody>
              <DepthBars depth={depth} />
            </CardBody>
          </Card>
        </StackItem>
      )}
      {spec.type === 'topic' && (
        <StackItem>
          <TopicSubscriptions space={space} address={address} />
        </StackItem>
      )}
      {now.readers && (
        <StackItem>
          <Readers space={space} address={metadata.name} readers={now.readers} />
        </StackItem>
      )}
      <StackItem>
        <Card>
          <CardTitle component="h2">What was not consumed</CardTitle>
          <CardBody>
            <NotConsumed space={space} address={address} />
          </CardBody>
        </Card>
      </StackItem>
    </Stack>
  );
}

function TopicSubscriptions({ space, address }: AddressTabProps) {
  const { name } = address.metadata;
  const { data, error } = useQuery({
    queryKey: ['subscriptions', space, name],
    queryFn: ({ signal }) => listSubscriptions(space, name, signal),
    refetchInterval: 5_000,
  });
  return <Subscriptions space={space} address={name} subscriptions={data} error={error} />;
}

/** Messages that left without a consumer having accepted them, by why, since the server started. */
function NotConsumed({ space, address }: { readonly space: string; readonly address: AddressDocument }) {
  const { status, spec } = address;
  const { counters, deadLettersSent, deadLettersReceived, inForce } = status!;
  const lines = [
    ...reasons(deadLettersSent).map(
      words => `${words}, and went ${inForce.deadLetter ? `to ${inForce.deadLetter}` : 'to a dead letter address'}.`,
    ),
    ...reasons(deadLettersReceived).map(words => `${words} elsewhere, and came here.`),
    ...(counters.rejected! > 0 ? [`${counted(counters.rejected!, 'delivery was', 'deliveries were')} rejected by consumers.`] : []),
    ...(counters.expired! > 0 ? [`${counted(counters.expired!, 'message')} expired.`] : []),
    ...(counters.dropped! > 0
      ? [`${counted(counters.dropped!, 'message was', 'messages were')} let go: nobody was there, or no room.`]
      : []),
    ...(counters.duplicates! > 0 ? [`${counted(counters.duplicates!, 'duplicate was', 'duplicates were')} not stored again.`] : []),
  ];
  return (
    <>
      {lines.length === 0 ? (
        'Nothing, since the server started.'
      ) : (
        <ul className="angarium-lines">
          {lines.map(line => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {spec.type !== 'stream' && inForce.deadLetter && (
        <p>
          Dead letters go to{' '}
          <PageLink page="address" with={{ space, name: inForce.deadLetter }} search={{ tab: 'messages' }}>
            {inForce.deadLetter}
          </PageLink>
          .
        </p>
      )}
    </>
  );
}

function reasons(counts: DeadLetterCounts | undefined): string[] {
  if (!counts) return [];
  return [
    ...(counts.rejected > 0 ? [`${counted(counts.rejected, 'message was', 'messages were')} rejected`] : []),
    ...(counts.attempts > 0 ? [`${counted(counts.attempts, 'message')} failed in all attempts`] : []),
    ...(counts.expired > 0 ? [`${counted(counts.expired, 'message')} expired`] : []),
  ];
}

function Total({ count, words }: { readonly count: number; readonly words: string }) {
  return (
    <>
      <Count value={count} /> {words}
    </>
  );
}
