import type { AddressSpec } from './address.ts';

/** What is kept of an address over a restart. */
export interface AddressDefinition {
  readonly id: number;
  readonly kind: 'address';
  readonly space: string;
  readonly name: string;
  readonly spec: AddressSpec;
}

/** What is kept of a durable subscription. Its id is the id of its queue. */
export interface SubscriptionDefinition {
  readonly id: number;
  readonly kind: 'subscription';
  readonly space: string;
  readonly address: string;
  readonly name: string;
  readonly shared: boolean;
}

export type Definition = AddressDefinition | SubscriptionDefinition;
