/** AMQP 1.0 on the wire (OASIS standard, October 2012): types, frames, performatives, messages. Pure: no I/O, no clock. */
export { writeAnnotated } from './annotated-message.ts';
export * from './byte-writer.ts';
export { CLOUD_EVENT_PREFIXES } from './cloud-event-names.ts';
export { AmqpDecodeError, type DecodeCondition } from './decode-error.ts';
export { DeliveryTerms } from './delivery-terms.ts';
export { DESCRIPTORS, descriptorCode } from './descriptor.ts';
export * from './disposition-reader.ts';
export * from './disposition-writer.ts';
export { FieldReader } from './field-reader.ts';
export * from './flow-reader.ts';
export * from './flow-writer.ts';
export * from './frame-splitter.ts';
export * from './frame-writer.ts';
export * from './header-reader.ts';
export * from './header-writer.ts';
export {
  DELIVERY_TAG_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FRAME_SIZE_BYTES_MIN_MAX,
  PROTOCOL_HEADER_BYTES,
  VALUE_DEPTH_MAX,
  ZERO_WIDTH_ELEMENTS_MAX,
} from './limits.ts';
export { findInMap } from './map-search.ts';
export {
  type AmqpMessage,
  decodeHeader,
  decodeMessage,
  encodeHeader,
  encodeMessage,
  type MessageBody,
  type MessageHeader,
} from './message.ts';
export { decodeProperties, encodeProperties, type MessageProperties } from './message-properties.ts';
export type { AmqpError } from './performative/amqp-error.ts';
export * from './performative/attach.ts';
export type { Begin } from './performative/begin.ts';
export {
  type DeliveryState,
  decodeDeliveryState,
  encodeDeliveryState,
  STATE_ACCEPTED,
  STATE_RELEASED,
} from './performative/delivery-state.ts';
export type { Disposition } from './performative/disposition.ts';
export type { Close, Detach, End } from './performative/farewell.ts';
export type { Flow } from './performative/flow.ts';
export type { Open } from './performative/open.ts';
export { decodePerformative, type Performative } from './performative/performative.ts';
export * from './performative/sasl.ts';
export type { Coordinator, Source, Target, TerminusDurability } from './performative/terminus.ts';
export type { Transfer } from './performative/transfer.ts';
export { fromPlain, toPlain } from './plain-value.ts';
export * from './protocol-header.ts';
export { readAnnotation } from './read-annotation.ts';
export { readTo } from './read-to.ts';
export { readUserId } from './read-user-id.ts';
export { readScalar, type Scalar, uuidText } from './scalar-value.ts';
export { type BodyKind, SectionScan, sectionCode, sectionEnd, sectionValueStart } from './section-scan.ts';
export { skipValue } from './skip-value.ts';
export {
  isTraceContext,
  isTraceContextName,
  TRACE_CONTEXT_NAMES,
  type TraceContext,
  type TraceContextName,
  traceContextOf,
} from './trace-context.ts';
export * from './transaction.ts';
export { isTransfer, TransferReader } from './transfer-reader.ts';
export { TRANSFER_HEAD_BYTES_MAX, writeTransfer, writeTransferHead } from './transfer-writer.ts';
export * from './value.ts';
export { decodeValue } from './value-decoder.ts';
export { encodeValue } from './value-encoder.ts';
