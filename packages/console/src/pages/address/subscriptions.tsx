import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useState } from 'react';
import { useMay } from '../../api/access.ts';
import type { Subscription } from '../../api/messages.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Count } from '../../parts/figures.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RowMenu } from '../../parts/row-menu.tsx';
import { EndSubscriptionDialog } from './end-subscription-dialog.tsx';

const figure = (key: 'stored' | 'unsettled' | 'consumers', title: string): Column<Subscription> => ({
  key,
  title,
  cell: subscription => <Count value={subscription[key]} />,
  order: subscription => subscription[key],
  figures: true,
  width: '6.5rem',
  narrow: key === 'stored',
});

interface SubscriptionsProps {
  readonly space: string;
  readonly address: string;
  /** Absent: they are not known yet. */
  readonly subscriptions: readonly Subscription[] | undefined;
  readonly error: unknown;
}

/** Who subscribes to a topic, and what waits for each. */
export function Subscriptions({ space, address, subscriptions, error }: SubscriptionsProps) {
  const [order, setOrder] = useState('-stored');
  const [ending, setEnding] = useState<Subscription>();
  const mayManage = useMay(space, 'manage', address);
  const columns: readonly Column<Subscription>[] = [
    {
      key: 'name',
      title: 'Subscription',
      cell: ({ name }) =>
        name === undefined ? (
          <span className="angarium-subtle">private to one consumer</span>
        ) : (
          <PageLink page="address" with={{ space, name: address }} search={{ tab: 'messages', subscription: name }}>
            {name}
          </PageLink>
        ),
      order: ({ name = '' }) => name,
      narrow: true,
    },
    { key: 'what', title: 'What it gets', cell: wantedOf, order: wantedOf },
    {
      key: 'kept',
      title: 'Kept',
      cell: ({ durable }) => (durable ? 'over a restart' : 'for now'),
      order: ({ durable }) => Number(durable),
      width: '8rem',
    },
    figure('stored', 'Stored'),
    figure('unsettled', 'Unsettled'),
    figure('consumers', 'Consumers'),
  ];
  return (
    <Card>
      <CardTitle component="h2">Subscriptions</CardTitle>
      <CardBody>
        <ProblemAlert error={error} />
        {subscriptions && (
          <DataTable
            label="Subscriptions"
            columns={columns}
            rows={inOrder(subscriptions, columns, order)}
            // Private ones have no name: their place in the answer tells them apart.
            rowKey={subscription => subscription.name ?? `private ${subscriptions.indexOf(subscription)}`}
            order={order}
            onOrder={setOrder}
            {...(mayManage && {
              actions: (subscription: Subscription) =>
                subscription.name !== undefined && (
                  <RowMenu
                    label={`Actions for ${subscription.name}`}
                    items={[{ title: 'End this subscription', danger: true, onChoose: () => setEnding(subscription) }]}
                  />
                ),
            })}
            empty={<NothingHere title="Nobody subscribes">What is published now is kept for nobody.</NothingHere>}
          />
        )}
        {ending?.name !== undefined && (
          <EndSubscriptionDialog
            space={space}
            address={address}
            name={ending.name}
            what="subscription"
            consumers={ending.consumers}
            onClose={() => setEnding(undefined)}
          />
        )}
      </CardBody>
    </Card>
  );
}

function wantedOf({ pattern, selector }: Subscription): string {
  return [pattern ?? 'everything', ...(selector ? [`where ${selector}`] : [])].join(' ');
}
