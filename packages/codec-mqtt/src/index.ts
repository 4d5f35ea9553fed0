/** MQTT 3.1.1 (OASIS standard, 29 October 2014) and 5.0 (7 March 2019) on the wire: packets and topics. Pure: no I/O, no clock. */
export * from './ack-reader.ts';
export * from './ack-writer.ts';
export { ByteWriter, putVariableInteger, VARIABLE_INTEGER_MAX, variableIntegerBytes } from './byte-writer.ts';
export { MqttDecodeError } from './decode-error.ts';
export { writeForwardedProperties } from './forwarded-properties.ts';
export type { Acknowledgement, AcknowledgementKind } from './packet/acknowledgement.ts';
export type { Auth } from './packet/auth.ts';
export type { Connack } from './packet/connack.ts';
export { type Connect, readProtocolLevel, type Will } from './packet/connect.ts';
export type { Disconnect } from './packet/disconnect.ts';
export { decodePacket, encodePacket, type Packet } from './packet/packet.ts';
export type { Publish } from './packet/publish.ts';
export type { Suback } from './packet/suback.ts';
export {
  RETAIN_DO_NOT_SEND,
  RETAIN_SEND,
  RETAIN_SEND_IF_NEW,
  type RetainHandling,
  type Subscribe,
  type Subscription,
} from './packet/subscribe.ts';
export type { Unsuback } from './packet/unsuback.ts';
export type { Unsubscribe } from './packet/unsubscribe.ts';
export * from './packet-splitter.ts';
export * from './packet-type.ts';
export { PROPERTIES, type Properties, type PropertyHolder, type PropertyRow, type PropertyType } from './properties.ts';
export * from './publish-reader.ts';
export * from './publish-writer.ts';
export * from './reason-code.ts';
export { checkText, decodeText, TEXT_BYTES_MAX } from './text.ts';
export * from './topic-cache.ts';
export * from './topic-filter.ts';
