import {
  AmqpMap,
  AmqpSymbol,
  type AmqpValue,
  ByteWriter,
  beginFrame,
  encodeValue,
  endFrame,
  FRAME_TYPE_AMQP,
  PROTOCOL_HEADER_AMQP,
  writeTransfer,
} from '@angarium/codec-amqp';
import { type Attack, type Field, HOSTILE_QUEUE } from '../attack.ts';
import { type RawPeer, receiverAttach, senderAttach } from '../raw-peer.ts';

/** A value in bytes that no encoder would write. */
type Bytes = readonly number[];

/** Codes of AMQP 1.0 part 1, section 1.6. */
const LIST_0 = 0x45;
const ARRAY_32 = 0xf0;
const MAP_32 = 0xd1;
const LIST_32 = 0xd0;

const uint32 = (value: number): Bytes => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];

/** Values whose few bytes announce much. */
const BOMBS: Readonly<Record<string, Bytes>> = {
  'array of 2^32-1 nulls': [ARRAY_32, ...uint32(5), ...uint32(0xffff_ffff), 0x40],
  'array of 2^31 trues': [ARRAY_32, ...uint32(5), ...uint32(0x8000_0000), 0x41],
  'array of 2^24 empty lists': [ARRAY_32, ...uint32(5), ...uint32(0x0100_0000), LIST_0],
  'list of 2^32-1': [LIST_32, ...uint32(4), ...uint32(0xffff_ffff)],
  'map of 2^32-2': [MAP_32, ...uint32(4), ...uint32(0xffff_fffe)],
  'map of an odd number': [MAP_32, ...uint32(5), ...uint32(1), 0x40],
  'list with a size of 2^32-1': [LIST_32, ...uint32(0xffff_ffff), ...uint32(1), 0x40],
  'string of 2^31': [0xb1, ...uint32(0x8000_0000), 0x61],
  'binary of 2^32-1': [0xb0, ...uint32(0xffff_ffff), 0x61],
  'string that is no UTF-8': [0xa1, 2, 0xc3, 0x28],
  'described by described by described': [...Array<number>(2000).fill(0x00), 0x40],
  'array of arrays without end': Array<number>(500)
    .fill(0)
    .flatMap(() => [0xe0, 0xff, 0x01]),
  'nothing at all': [],
  'a code that there is not': [0x3f],
};

function nestedMap(depth: number): AmqpValue {
  let value: AmqpValue = null;
  for (let level = 0; level < depth; level++) value = new AmqpMap([[new AmqpSymbol('x'), value]]);
  return value;
}

/** `depth` lists in each other, of eight bits each as long as that goes. */
function nestedLists(depth: number): Bytes {
  let inner: number[] = [0x40];
  for (let level = 0; level < depth; level++) inner = [LIST_32, ...uint32(inner.length + 4), ...uint32(1), ...inner];
  return inner;
}

/** A frame whose performative has these fields, in bytes; the last field is the bomb. */
function performative(descriptor: number, fieldsBefore: readonly Bytes[], bomb: Bytes, channel = 0): Uint8Array {
  const fields = [...fieldsBefore, bomb].flat();
  const writer = new ByteWriter();
  const start = beginFrame(writer, FRAME_TYPE_AMQP, channel);
  writer.raw(Uint8Array.from([0x00, 0x53, descriptor, LIST_32]));
  writer.u32(fields.length + 4);
  writer.u32(fieldsBefore.length + 1);
  writer.raw(Uint8Array.from(fields));
  endFrame(writer, start);
  return writer.bytes.slice(0, writer.length);
}

const NULL: Bytes = [0x40];
const NAME: Bytes = [0xa1, 1, 0x61];
const ZERO: Bytes = [0x43];

/** Where a bomb can be put: properties of open, begin and attach, a terminus, a state, a delivery tag. */
const PLACES: Readonly<Record<string, (bomb: Bytes) => Uint8Array>> = {
  'container-id of open': bomb => performative(0x10, [], bomb),
  'properties of open': bomb => performative(0x10, [NAME, ...Array<Bytes>(8).fill(NULL)], bomb),
  'properties of begin': bomb => performative(0x11, [NULL, ZERO, ZERO, ZERO, ZERO, NULL, NULL], bomb, 1),
  'name of attach': bomb => performative(0x12, [], bomb),
  'source of attach': bomb => performative(0x12, [NAME, ZERO, [0x41], NULL, NULL], bomb),
  'unsettled of attach': bomb => performative(0x12, [NAME, ZERO, [0x41], NULL, NULL, NULL, NULL], bomb),
  'properties of attach': bomb => performative(0x12, [NAME, ZERO, [0x41], ...Array<Bytes>(10).fill(NULL)], bomb),
  'window of flow': bomb => performative(0x13, [NULL], bomb),
  'delivery-tag of transfer': bomb => performative(0x14, [ZERO, ZERO], bomb),
  'state of transfer': bomb => performative(0x14, [ZERO, ZERO, [0xa0, 0], ZERO, [0x42], [0x42], NULL], bomb),
  'state of disposition': bomb => performative(0x15, [[0x41], ZERO, ZERO, [0x41]], bomb),
  'error of detach': bomb => performative(0x16, [ZERO, [0x41]], bomb),
  'error of end': bomb => performative(0x17, [], bomb),
  'error of close': bomb => performative(0x18, [], bomb),
};

export const valueBombs: Attack = {
  name: 'value-bombs',
  does: 'values that announce more than they have, or are nested deeper than anybody can follow, in every performative',
  async run(field) {
    const bombs = { ...BOMBS, 'lists nested 3000 deep': nestedLists(3000), 'lists nested 33 deep': nestedLists(33) };
    let count = 0;
    const dropAll = async ([place, make]: [string, (bomb: Bytes) => Uint8Array]): Promise<void> => {
      const inOpen = place.endsWith('of open');
      for (const bomb of Object.values(bombs)) {
        const peer = await field.connect();
        if (inOpen) await peer.send(PROTOCOL_HEADER_AMQP);
        else {
          await peer.open();
          await peer.attachSender(HOSTILE_QUEUE, 0);
        }
        await peer.send(make(bomb));
        await peer.refused();
        // Whoever was not refused by an error was hung up on, which only a close can be the reason for.
        if (peer.conditions.length === 0 && peer.count('close') === 0) throw new Error(`${place}: cut without a word`);
        if (++count % 20 === 0 && peer.conditions.length > 0) field.mustBeNamed(peer);
      }
    };
    await Promise.all(Object.entries(PLACES).map(dropAll));
    field.note(`${count} bombs`);
  },
};

export const malformedMessages: Attack = {
  name: 'malformed-messages',
  does: 'messages whose sections are broken, and their outcome is rejected or the link ends',
  async run(field) {
    const peer = await field.connect();
    await peer.open();
    await peer.attachSender(HOSTILE_QUEUE, 0);
    const header: Bytes = [0x00, 0x53, 0x70];
    const payloads: Bytes[] = Object.values(BOMBS).map(bomb => [...header, ...bomb]);
    payloads.push([...header, ...nestedLists(3000)]);
    const writer = new ByteWriter();
    payloads.forEach((payload, id) => {
      writeTransfer(writer, 0, { handle: 0, deliveryId: id, deliveryTag: Uint8Array.of(id) }, Uint8Array.from(payload));
    });
    await peer.send(writer.bytes.slice(0, writer.length));
    await peer.until(() => peer.closed || peer.conditions.length > 0 || peer.count('disposition') > 0, 'an outcome or an error');
    await attachWithDeepMaps(field, peer);
  },
};

async function attachWithDeepMaps(field: Field, before: RawPeer): Promise<void> {
  if (before.count('open') === 0) throw new Error('the peer was never open');
  const peer = await field.connect();
  await peer.open();
  const writer = new ByteWriter();
  encodeValue(writer, nestedMap(20));
  await peer.say({ ...(receiverAttach(HOSTILE_QUEUE, 0, 'deep') as object), properties: nestedMap(20) } as never);
  await peer.heardOf('attach');
}

export const longNames: Attack = {
  name: 'long-names',
  does: 'names of links, containers and addresses as long as a frame allows',
  async run(field) {
    const long = 'n'.repeat(60_000);
    const peer = await field.connect();
    await peer.open({ containerId: long });
    const links = field.long ? 8000 : 200;
    for (let handle = 0; handle < links && !peer.closed; handle++) await peer.say(senderAttach(HOSTILE_QUEUE, handle, `${handle}${long}`));
    await peer.until(() => peer.count('detach') === links, 'each link to be refused', 60_000);
    const other = await field.connect();
    await other.open();
    await other.say([senderAttach(long, 0, 'long address'), receiverAttach(long, 1, 'long address')]);
    await other.until(() => other.conditions.length >= 2, 'both links to be refused');
    field.note(`${peer.count('attach')} links with names of ${long.length} bytes, ${peer.conditions.length} refused`);
  },
};
