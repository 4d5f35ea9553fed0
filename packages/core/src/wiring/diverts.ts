import type { Divert } from '../address/address.ts';
import type { StoringAddress } from '../brokered/brokered-producer.ts';
import { Demand } from '../brokered/demand.ts';
import { refuseSize } from '../brokered/refuse-message.ts';
import { Refusal } from '../delivery/refusal.ts';
import { filterOfText } from '../message/filter-of-text.ts';
import type { Message } from '../message/message.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import { takeObserved } from '../observe/store-watch.ts';
import type { Queue } from '../queue/queue.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import type { LogPosition } from '../store/log.ts';
import { storeRecordSize, utf8Bytes } from '../store/records.ts';

/** Addresses that a message may go through one after the other, by diverts. Loops are refused at declaration; this is for what plans and aliases make. */
export const DIVERT_DEPTH_MAX = 8;

interface CompiledDivert {
  readonly to: string;
  readonly filter: MessageFilter | undefined;
  readonly move: boolean;
}

/** The address that a divert names, made when it is not there; or why no message can go to it. */
export type DivertTarget = (name: string) => StoringAddress | Refusal;

/** What becomes of the messages that producers send to an address with diverts: they go elsewhere too, or instead. */
export class Diverts {
  readonly #source: StoringAddress;
  readonly #diverts: readonly CompiledDivert[];
  readonly #target: DivertTarget;

  constructor(source: StoringAddress, diverts: readonly Divert[], target: DivertTarget) {
    this.#source = source;
    this.#diverts = diverts.map(({ to, selector, move = false }) => ({
      to,
      filter: selector === undefined ? undefined : filterOfText(selector),
      move,
    }));
    this.#target = target;
  }

  /** Why the message cannot be taken: one of the addresses that it is to go to cannot have it. */
  refuse(message: Message): Refusal | undefined {
    const route = this.targets(message);
    if (route instanceof Refusal) return route;
    const demand = new Demand();
    for (const address of route) {
      const refusal = refuseSize(address, message) ?? demand.add(address, message);
      if (refusal) return refusal;
    }
    return this.#refuseRecord(route.size, message);
  }

  /** One record names all queues that share it: with many of them there is less room for the message. */
  #refuseRecord(targets: number, message: Message): Refusal | undefined {
    const { name, shard } = this.#source;
    const most = shard.log.recordSizeBytesMax - storeRecordSize(targets, 0, true, utf8Bytes(message.topic), 0);
    const sizeBytes = message.end - message.start;
    if (sizeBytes <= most) return undefined;
    return new Refusal(
      'message-too-large',
      `A message to ${name} that goes to ${targets} addresses has at most ${most} bytes: it has ${sizeBytes}.`,
    );
  }

  /** Stores the message wherever it goes, in one unit of the log; the answer is as that of `StoringAddress.store`. */
  store(message: Message): LogPosition {
    const route = this.targets(message);
    const source = this.#source;
    if (route instanceof Refusal) {
      // What refuses a message has been asked before: only within one call can that have changed.
      source.counters.dropped++;
      source.shard.report({ level: 'error', what: `message dropped: ${route.description}`, address: source.name });
      return -1;
    }
    const { shard } = source;
    shard.beginUnit();
    let kept = false;
    for (const [expiresAtMs, queues] of queuesByExpiry(route, message)) {
      shard.store(message, queues, expiresAtMs);
      kept ||= message.durable && queues.some(queue => queue.kept);
    }
    for (const address of route) {
      if (!(address instanceof QueueAddress) && this.#storeAt(address, message) >= 0) kept = true;
      if (address !== source) address.counters.in++;
      address.fuller();
    }
    shard.endUnit();
    return kept ? shard.log.end - 1 : -1;
  }

  /** A topic that is not the one it was sent to publishes it under its own name, and keeps no message for later subscribers. */
  #storeAt(address: StoringAddress, message: Message): LogPosition {
    const expiresAtMs = address.expiresAtMs(message.ttlMs);
    if (address === this.#source) return address.store(message, expiresAtMs);
    const { topic, retained } = message;
    message.topic = '';
    message.retained = false;
    let position: LogPosition = -1;
    takeObserved(
      address,
      message,
      () => {
        position = address.store(message, expiresAtMs);
      },
      address.shard.stores?.arriving,
    );
    message.topic = topic;
    message.retained = retained;
    return position;
  }

  /** Every address that gets the message, once each; or why it cannot be had. */
  targets(message: Message): ReadonlySet<StoringAddress> | Refusal {
    const route = new Set<StoringAddress>();
    return this.collect(message, route, new Set(), 1) ?? route;
  }

  /** Adds the addresses that get the message, which has passed others by diverts already. */
  collect(message: Message, route: Set<StoringAddress>, passed: Set<StoringAddress>, depth: number): Refusal | undefined {
    const source = this.#source;
    if (depth > DIVERT_DEPTH_MAX)
      return new Refusal(
        'capability-unsupported',
        `Diverts lead through more than ${DIVERT_DEPTH_MAX} addresses, the last one ${source.name}.`,
      );
    passed.add(source);
    let stays = true;
    for (const { to, filter, move } of this.#diverts) {
      if (filter && !filter.matches(source.shard.fieldsOf(message))) continue;
      if (move) stays = false;
      const target = this.#target(to);
      if (target instanceof Refusal) return target;
      if (passed.has(target)) continue;
      const refusal = target.diverts?.collect(message, route, passed, depth + 1);
      if (refusal) return refusal;
      if (!target.diverts) route.add(target);
    }
    if (stays) route.add(source);
    return undefined;
  }
}

/** Queues have the message in one record, as long as it lives equally long in them. */
function queuesByExpiry(route: ReadonlySet<StoringAddress>, message: Message): ReadonlyMap<number, Queue[]> {
  const groups = new Map<number, Queue[]>();
  for (const address of route) {
    if (!(address instanceof QueueAddress)) continue;
    const expiresAtMs = address.expiresAtMs(message.ttlMs);
    const group = groups.get(expiresAtMs);
    if (group) group.push(address.queue);
    else groups.set(expiresAtMs, [address.queue]);
  }
  return groups;
}
