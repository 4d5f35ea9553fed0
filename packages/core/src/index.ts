export * from './address.ts';
export * from './address-name.ts';
export { type AddressPlan, AddressPlans, PLANS_MAX, type PlanSpec } from './address-plans.ts';
export * from './address-space.ts';
export { ALIASES_MAX, BINDINGS_MAX, DIVERTS_MAX, SPEC_FIELDS, SPEC_FIELDS_OF_ADDRESS_ALONE } from './address-spec.ts';
export * from './broker.ts';
export { MESSAGE_SIZE_BYTES_MAX_DEFAULT } from './brokered-address.ts';
export * from './content.ts';
export * from './delivery.ts';
export { NO_SOURCE } from './direct-producer.ts';
export { HEADER_FIELDS } from './header-field.ts';
export { type Details, Inbox, type InboxPattern } from './inbox.ts';
export * from './log.ts';
export * from './message.ts';
export { MessageCollector } from './message-collector.ts';
export * from './message-filter.ts';
export { MESSAGE_STATES, type MessageSelection, type MessageState } from './operations/message-selection.ts';
export {
  OPERATIONS_MAX,
  type Operation,
  type OperationEnd,
  type OperationReport,
  QueueOperations,
} from './operations/queue-operations.ts';
export type { QueuePlace } from './operations/queue-place.ts';
export type { WalkedMessage } from './operations/queue-walk.ts';
export { listSubscriptions, type SubscriptionStatus } from './operations/subscriptions.ts';
export * from './outcome.ts';
export type { OutcomeTable } from './outcome-table.ts';
export type { OwnedWill } from './owned-will.ts';
export * from './refusal.ts';
export * from './report.ts';
export { compileSelector } from './selector/compile-selector.ts';
export { SelectorError } from './selector/selector-error.ts';
export { STATUS_NAME, StatusAddress, type StatusSource } from './status-address.ts';
export { parseReadFrom, READ_FROM_FORMS, type ReadFrom } from './stream/read-from.ts';
export type { LivePort } from './topic-router.ts';
export { TopicTree } from './topic-tree.ts';
export type { Transaction } from './transaction.ts';
export { TRANSACTION_IDLE_TIMEOUT_MS } from './transactions.ts';
export * from './turn.ts';
export { WILL_BYTES_MAX, WILLS_BYTES_MAX, type Will, type Wills } from './wills.ts';
