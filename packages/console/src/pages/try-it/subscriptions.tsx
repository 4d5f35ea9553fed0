import { Button, Flex, FlexItem, Label, List, ListItem } from '@patternfly/react-core';
import type { Trial, TrialSubscription } from '../../logic/trial.ts';
import { counted } from '../../logic/units.ts';

/** Messages that one press of the button lets come. */
const MORE_CREDIT = 10;

const STATES = {
  asking: { words: 'asked for', status: undefined },
  open: { words: 'receives', status: 'success' },
  ended: { words: 'has ended', status: 'danger' },
} as const satisfies Record<TrialSubscription['state'], object>;

/** What this page receives from, and how each stands. */
export function Subscriptions({ trial }: { readonly trial: Trial }) {
  if (trial.subscriptions.length === 0) return null;
  return (
    <List isPlain isBordered aria-label="Subscriptions">
      {trial.subscriptions.map(subscription => (
        <ListItem key={subscription.id}>
          <Subscription trial={trial} subscription={subscription} />
        </ListItem>
      ))}
    </List>
  );
}

function Subscription({ trial, subscription }: { readonly trial: Trial; readonly subscription: TrialSubscription }) {
  const { wish, state, problem, credit } = subscription;
  const { words, status } = STATES[state];
  const over = state === 'ended';
  return (
    <Flex gap={{ default: 'gapSm' }} alignItems={{ default: 'alignItemsCenter' }}>
      <FlexItem flex={{ default: 'flex_1' }}>
        <strong>{wish.address}</strong>{' '}
        <Label isCompact {...(status && { status })}>
          {words}
        </Label>
        <div className="angarium-subtle angarium-figures">{figuresOf(subscription)}</div>
        {problem !== undefined && <div role="alert">{problem}</div>}
      </FlexItem>
      {wish.settle === 'manual' && state === 'open' && (
        <Button
          variant="secondary"
          size="sm"
          onClick={() => trial.give(subscription, credit + MORE_CREDIT)}
          aria-label={`+${MORE_CREDIT} credit for ${wish.address}`}
        >
          +{MORE_CREDIT} credit
        </Button>
      )}
      <Button variant="link" size="sm" onClick={() => trial.end(subscription)} aria-label={`${over ? 'Take away' : 'End'} ${wish.address}`}>
        {over ? 'Take away' : 'End'}
      </Button>
    </Flex>
  );
}

function figuresOf({ wish, state, credit, received, unsettled }: TrialSubscription): string {
  const manual = wish.settle === 'manual' && state === 'open';
  return [
    `${counted(received, 'message')} received`,
    manual && `${unsettled} unsettled`,
    manual && (credit === 0 ? 'no credit: nothing comes until there is more' : `credit for ${credit} more`),
    wish.selector && `where ${wish.selector}`,
    wish.subscription && `as ${wish.subscription}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
