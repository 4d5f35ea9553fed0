export { ACCESS_PATTERN_LENGTH_MAX, refuseAccessPattern } from './access/access-pattern.ts';
export type { Door, OnRefused, RefusedWish } from './access/door.ts';
export * from './access/principal.ts';
export type { Explanation, Grant, Rule } from './access/rule.ts';
export { RuleRights, type RuleRightsOptions } from './access/rule-rights.ts';
export { Visit } from './access/visit.ts';
export * from './address/address.ts';
export * from './address/address-name.ts';
export { type AddressPlan, AddressPlans, PLANS_MAX, type PlanSpec } from './address/address-plans.ts';
export * from './address/address-space.ts';
export { ALIASES_MAX, BINDINGS_MAX, DIVERTS_MAX, SPEC_FIELDS, SPEC_FIELDS_OF_ADDRESS_ALONE } from './address/address-spec.ts';
export * from './address/broker.ts';
export type { SpaceSettings } from './address/space-options.ts';
export { refuseRemoval } from './address/space-refusals.ts';
export { STATUS_NAME, StatusAddress, type StatusSource } from './address/status-address.ts';
export { MESSAGE_SIZE_BYTES_MAX_DEFAULT } from './brokered/brokered-address.ts';
export type { Transaction } from './brokered/transaction.ts';
export { TRANSACTION_IDLE_TIMEOUT_MS } from './brokered/transactions.ts';
export * from './delivery/delivery.ts';
export * from './delivery/outcome.ts';
export type { OutcomeTable } from './delivery/outcome-table.ts';
export * from './delivery/refusal.ts';
export { NO_SOURCE } from './direct/direct-producer.ts';
export { Histogram } from './histogram.ts';
export { Allowance, type Counted } from './limits/allowance.ts';
export { LIMITS_OF_USERS, type Limits, NO_LIMITS } from './limits/limits.ts';
export { Meter } from './limits/meter.ts';
export type { Reading } from './limits/reading-share.ts';
export { SpaceLimits } from './limits/space-limits.ts';
export { addCounters, SpaceTally } from './limits/space-tally.ts';
export * from './message/content.ts';
export { copyBytes } from './message/copy-bytes.ts';
export { HEADER_FIELDS } from './message/header-field.ts';
export * from './message/message.ts';
export { MessageCollector } from './message/message-collector.ts';
export * from './message/message-filter.ts';
export type { MessageExport } from './operations/export-messages.ts';
export type * from './operations/exported.ts';
export type { MessageImport } from './operations/import-messages.ts';
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
export * from './report.ts';
export { type Described, type Metadata, NEVER_CHANGED, type Resource } from './resource/metadata.ts';
export { Resources } from './resource/resources.ts';
export { type Change, Revisions } from './resource/revisions.ts';
export { compileSelector } from './selector/compile-selector.ts';
export { SelectorError } from './selector/selector-error.ts';
export * from './store/log.ts';
export { parseReadFrom, READ_FROM_FORMS, type ReadFrom } from './stream/read-from.ts';
export { type Details, Inbox, type InboxPattern } from './topic/inbox.ts';
export type { LivePort } from './topic/topic-router.ts';
export { TopicTree } from './topic/topic-tree.ts';
export * from './turn.ts';
export type { OwnedWill } from './will/owned-will.ts';
export { WILL_BYTES_MAX, WILLS_BYTES_MAX, type Will, type Wills } from './will/wills.ts';
export { ImportedName } from './wiring/imported-name.ts';
export type { ImportedFrom, SharedAction } from './wiring/shared-address.ts';
