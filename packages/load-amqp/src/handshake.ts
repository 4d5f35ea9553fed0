import type { FrameWriter } from './frame-writer.ts';
import { LOAD_LIMITS, type LoadOptions } from './load-options.ts';

/** The windows of our sessions: we take whatever comes, so that only links' credit bounds it. */
const SESSION_WINDOW = 0x7fffffff;

/** Answers the server's mechanisms with ANONYMOUS, or with PLAIN when there is a user (AMQP 1.0 part 5, section 5.3.3.2). */
export function writeSaslInit(
  writer: FrameWriter,
  options: LoadOptions,
  offered: readonly string[],
  refuse: (words: string) => void,
): void {
  const mechanism = options.user === undefined ? 'ANONYMOUS' : 'PLAIN';
  if (!offered.includes(mechanism)) {
    refuse(`the server offers ${offered.join(', ') || 'no mechanism'}, not ${mechanism}`);
    return;
  }
  writer.begin(1, 0x41);
  writer.symbol(mechanism);
  writer.binary(Buffer.from(options.user === undefined ? 'load' : `\0${options.user}\0${options.password ?? ''}`, 'utf8'));
  writer.string(options.space ?? options.host);
  writer.end();
}

export function writeOpenAndBegin(writer: FrameWriter, options: LoadOptions, label: string): void {
  writer.begin(0, 0x10);
  writer.string(`load-${process.pid}-${label}`);
  writer.string(options.space ?? options.host);
  writer.uint(LOAD_LIMITS.frameSizeBytes);
  writer.ushort(0);
  writer.end();
  writer.begin(0, 0x11);
  writer.nothing();
  writer.uint(0);
  writer.uint(SESSION_WINDOW);
  writer.uint(SESSION_WINDOW);
  writer.uint(0xffff);
  writer.end();
}

export function writeAttach(
  writer: FrameWriter,
  options: LoadOptions,
  link: { readonly name: string; readonly handle: number; readonly address: string },
  weReceive: boolean,
): void {
  writer.begin(0, 0x12);
  writer.string(link.name);
  writer.uint(link.handle);
  writer.boolean(weReceive);
  writer.ubyte(options.settled ? 1 : 0);
  writer.ubyte(0);
  writeTerminus(writer, 0x28, weReceive ? link.address : undefined, options);
  writeTerminus(writer, 0x29, weReceive ? undefined : link.address, options);
  if (!weReceive) {
    writer.nothing();
    writer.nothing();
    writer.uint(0);
  }
  writer.end();
}

/** A source (0x28) or target (0x29): its first seven fields are alike up to `dynamic-node-properties` (part 3, section 3.5.3). */
function writeTerminus(writer: FrameWriter, descriptor: 0x28 | 0x29, address: string | undefined, options: LoadOptions): void {
  writer.beginList(descriptor);
  if (address === undefined) {
    writer.string('load');
  } else {
    writer.string(address);
    if (options.durableTerminus) {
      writer.uint(2);
      writer.symbol('never');
    } else writer.nothing(2);
    if (options.capability !== undefined) {
      writer.nothing(descriptor === 0x28 ? 7 : 3);
      writer.symbol(options.capability);
    }
  }
  writer.endList();
}

/** The session's numbers, and a receiving link's credit when there is one. */
export function writeFlow(
  writer: FrameWriter,
  nextIncomingId: number,
  nextOutgoingId: number,
  link: { readonly handle: number; readonly deliveryCount: number; readonly creditLeft: number } | undefined,
): void {
  writer.begin(0, 0x13);
  writer.uint(nextIncomingId);
  writer.uint(SESSION_WINDOW);
  writer.uint(nextOutgoingId);
  writer.uint(SESSION_WINDOW);
  if (link !== undefined) {
    writer.uint(link.handle);
    writer.uint(link.deliveryCount);
    writer.uint(link.creditLeft);
  }
  writer.end();
}

/** Settles the deliveries from `first` to `last` as accepted. */
export function writeDisposition(writer: FrameWriter, role: 'sender' | 'receiver', first: number, last: number): void {
  writer.begin(0, 0x15);
  writer.boolean(role === 'receiver');
  writer.uint(first);
  writer.uint(last);
  writer.boolean(true);
  writer.beginList(0x24);
  writer.endList();
  writer.end();
}
