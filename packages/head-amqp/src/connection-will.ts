import type { Open } from '@angarium/codec-amqp';
import { type OwnedWill, Refusal, type Visit } from '@angarium/core';
import { WILL_PROPERTY, willOfProperty } from './will-message.ts';

/** Begins the names of AMQP's owners of wills. */
export const WILL_OWNER_PREFIX = 'amqp:';

/** Whose wills they are, and whose return voids those that wait: a container, as its user. */
export interface WillClient {
  readonly visit: Visit;
  readonly user: string;
  readonly containerId: string;
}

/** A place for a will of this client. */
export function ownedWill({ visit, user, containerId }: WillClient): OwnedWill {
  return visit.space.wills.owned(WILL_OWNER_PREFIX, clientName(user, containerId));
}

/** The client is back: its wills that wait are void. Answers the will that its open has, or why that cannot be one. */
export function connectionWill({ properties }: Open, client: WillClient): OwnedWill | Refusal | undefined {
  client.visit.space.wills.returned(clientName(client.user, client.containerId));
  const value = properties?.get(WILL_PROPERTY);
  if (value === undefined) return undefined;
  const read = willOfProperty(value);
  const asked = read instanceof Refusal ? read : client.visit.will(read);
  if (asked instanceof Refusal) return asked;
  const will = ownedWill(client);
  return will.put(asked) ?? will;
}

function clientName(user: string, containerId: string): string {
  return `${WILL_OWNER_PREFIX}${user}\n${containerId}`;
}
