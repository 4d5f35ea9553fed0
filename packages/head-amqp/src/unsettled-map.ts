import {
  AmqpMap,
  type AmqpValue,
  ByteWriter,
  type DeliveryState,
  decodeDeliveryState,
  decodeValue,
  encodeDeliveryState,
  encodeValue,
} from '@angarium/codec-amqp';

/** Deliveries of a link that one of its ends has not settled, by tag, and what it knows of them; undefined: nothing yet. */
export type UnsettledMap = ReadonlyMap<string, DeliveryState | undefined>;

/** A delivery tag as a key: each byte is a character. */
export function tagText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function tagBytes(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}

/** The field `unsettled` of an attach (part 2, section 2.7.3). Throws `AmqpDecodeError` when a value is no delivery state; what has no tag is passed over. */
export function readUnsettledMap(map: AmqpMap): UnsettledMap {
  const unsettled = new Map<string, DeliveryState | undefined>();
  for (const [tag, value] of map.entries)
    if (tag instanceof Uint8Array) unsettled.set(tagText(tag), value === null ? undefined : stateIn(value));
  return unsettled;
}

export function writeUnsettledMap(unsettled: Iterable<readonly [string, DeliveryState | undefined]>): AmqpMap {
  return new AmqpMap(Array.from(unsettled, ([tag, state]): [AmqpValue, AmqpValue] => [tagBytes(tag), state ? valueFor(state) : null]));
}

function stateIn(value: AmqpValue): DeliveryState {
  const writer = new ByteWriter();
  encodeValue(writer, value);
  return decodeDeliveryState(writer.bytes, 0, writer.length);
}

function valueFor(state: DeliveryState): AmqpValue {
  const writer = new ByteWriter();
  encodeDeliveryState(writer, state);
  return decodeValue(writer.bytes, 0, writer.length).value;
}
