import { type Attach, type DeliveryState, RECEIVER_FIRST, SENDER_MIXED, SENDER_UNSETTLED, type Source } from '@angarium/codec-amqp';
import type { MessageFilter } from '@angarium/core';
import { selectorFilter } from '../source-filters.ts';
import type { ForwarderSpec } from './forwarder-spec.ts';
import { OUR_HANDLE } from './link-session.ts';

const OUTCOMES = ['amqp:accepted:list', 'amqp:rejected:list', 'amqp:released:list', 'amqp:modified:list'];
/** What a delivery comes to that the remote settles without a word: it goes to the next one who asks. */
const DEFAULT_OUTCOME: DeliveryState = { kind: 'released' };

/** A subscription is known by the name of its link (as JMS clients name theirs); `own` is for links without. */
export function linkNameOf({ direction, subscription }: ForwarderSpec, own: string): string {
  return direction === 'in' && subscription !== undefined ? subscription : `angarium:${own}`;
}

/** Asks to send to the remote's address. */
export function attachToSend({ address, remoteAddress, capabilities }: ForwarderSpec, name: string): Attach {
  return {
    name,
    handle: OUR_HANDLE,
    role: 'sender',
    sndSettleMode: SENDER_MIXED,
    rcvSettleMode: RECEIVER_FIRST,
    source: { address, defaultOutcome: DEFAULT_OUTCOME, outcomes: OUTCOMES },
    target: { kind: 'target', address: remoteAddress, ...(capabilities && { capabilities: [...capabilities] }) },
    initialDeliveryCount: 0,
  };
}

/** What the remote has answered to that, with those of the terms that are ours to say. */
export function sendingTerms(answer: Attach): Attach {
  return { ...answer, sndSettleMode: SENDER_MIXED, rcvSettleMode: RECEIVER_FIRST, source: { defaultOutcome: DEFAULT_OUTCOME } };
}

/** Asks to receive from the remote's address, unsettled: what it sends is its own until we have it. */
export function attachToReceive(
  { address, remoteAddress, subscription, capabilities }: ForwarderSpec,
  name: string,
  filter: MessageFilter | undefined,
  messageSizeBytesMax: number,
): Attach {
  const source: Source = {
    address: remoteAddress,
    defaultOutcome: DEFAULT_OUTCOME,
    outcomes: OUTCOMES,
    ...(subscription !== undefined && { durable: 2, expiryPolicy: 'never', distributionMode: 'copy', capabilities: ['topic'] }),
    ...(capabilities && { capabilities: [...capabilities] }),
    ...(filter && { filter: selectorFilter(filter) }),
  };
  return {
    name,
    handle: OUR_HANDLE,
    role: 'receiver',
    sndSettleMode: SENDER_UNSETTLED,
    rcvSettleMode: RECEIVER_FIRST,
    source,
    target: { kind: 'target', address },
    ...(messageSizeBytesMax > 0 && { maxMessageSize: BigInt(messageSizeBytesMax) }),
  };
}
