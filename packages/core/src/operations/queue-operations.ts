import type { AddressSpace } from '../address/address-space.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import type { StoringAddress } from '../brokered/brokered-producer.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import { ANNOTATIONS_PREFIX } from '../message/message-filter.ts';
import type { DEAD_LETTER_ANNOTATIONS } from '../queue/dead-letter.ts';
import { ENTRY_NONE } from '../queue/queue-index.ts';
import type { Shard } from '../store/shard.ts';
import { MessageExport } from './export-messages.ts';
import { MessageImport } from './import-messages.ts';
import { MessageRemoval } from './message-removal.ts';
import type { MessageSelection } from './message-selection.ts';
import { MessageTransfer, type TransferTarget } from './message-transfer.ts';
import { described, type QueuePlace, queueOf, walkedOf } from './queue-place.ts';
import { QueueWalk, type WalkAct, type WalkedMessage } from './queue-walk.ts';
import { endSubscription } from './subscriptions.ts';
import type { WalkedPlace } from './walked-place.ts';

/** Operations under way at a time; each has a share of the loop. */
export const OPERATIONS_MAX = 16;

/** How far an operation has come, and at its end what it did. */
export interface OperationReport {
  /** Messages of the queue when it began. */
  readonly total: number;
  /** Messages that were looked at, and those that were selected. */
  readonly examined: number;
  readonly matched: number;
  /** Messages removed, moved, copied or sent back. */
  readonly done: number;
  /** Selected, but left as they are: with a consumer, expired, or with nowhere to go. */
  readonly skipped: number;
  /** Where messages were named by their numbers: those that are not there (any more). */
  readonly gone?: readonly number[];
  /** Where a next operation would begin: a sequence number. */
  readonly next: number;
}

/** What an operation ends with: what it did, all of it on disk, and the refusal that kept it from doing the rest. */
export type OperationEnd = (report: OperationReport, refusal: Refusal | undefined) => void;

export interface Operation {
  readonly report: OperationReport;
  /** Ends it where it is; what it did stays, and the end is told. */
  cancel(): void;
}

type CountingAct = WalkAct & { readonly done?: number; readonly skipped?: number; readonly refusal?: Refusal | undefined };

/** What an administrator does with stored messages: look at them, count, remove, move and copy them, send dead letters back. */
export class QueueOperations {
  readonly #shard: Shard;
  #underWay = 0;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** Shows each message of the selection to `visit`; it is valid during the call. False ends it, and the message is not counted. */
  browse(
    place: QueuePlace,
    selection: MessageSelection,
    visit: (walked: WalkedMessage) => boolean,
    end: OperationEnd,
  ): Operation | Refusal {
    return this.#begin(walkedOf(place), selection, browsing(visit), end);
  }

  /** The same of a place that no address names. */
  browsePlace(
    place: WalkedPlace,
    selection: MessageSelection,
    visit: (walked: WalkedMessage) => boolean,
    end: OperationEnd,
  ): Operation | Refusal {
    return this.#begin(place, selection, browsing(visit), end);
  }

  /** Everything that the space has stored, for another one. */
  export(space: AddressSpace): MessageExport {
    return new MessageExport(this, space);
  }

  import(space: AddressSpace): MessageImport {
    return new MessageImport(space, this.#shard);
  }

  count(place: QueuePlace, selection: MessageSelection, end: OperationEnd): Operation | Refusal {
    return this.#begin(walkedOf(place), selection, { readsBodies: false, writes: false, meet: () => true }, end);
  }

  /** Removes the selected messages that no consumer has. */
  purge(place: QueuePlace, selection: MessageSelection, end: OperationEnd): Operation | Refusal {
    const queue = queueOf(place);
    if (queue instanceof Refusal) return queue;
    return this.#change(place, selection, new MessageRemoval(queue), end);
  }

  /** Copies the selected messages to another address; with `removes` they are moved. */
  transfer(place: QueuePlace, selection: MessageSelection, to: string, removes: boolean, end: OperationEnd): Operation | Refusal {
    const target = this.#target(place, to);
    if (target instanceof Refusal) return target;
    const queue = removes ? queueOf(place) : undefined;
    if (queue instanceof Refusal) return queue;
    return this.#change(place, selection, new MessageTransfer(queue, this.#shard, () => target), end);
  }

  /** Sends dead letters back to the address where each of them comes from; those that say none are left. */
  replay(place: QueuePlace, selection: MessageSelection, end: OperationEnd): Operation | Refusal {
    const queue = queueOf(place);
    if (queue instanceof Refusal) return queue;
    const target: TransferTarget = message => {
      const origin = this.#originOf(message);
      return origin ? this.#target(place, origin) : NO_ORIGIN;
    };
    return this.#change(place, selection, new MessageTransfer(queue, this.#shard, target), end);
  }

  /** Who names messages by their numbers is told when it was not done with all of them. */
  #change(place: QueuePlace, selection: MessageSelection, act: CountingAct, end: OperationEnd): Operation | Refusal {
    const told: OperationEnd = (report, refusal) => end(report, refusal ?? refusalOfNamed(place, report));
    return this.#begin(walkedOf(place), selection, act, told);
  }

  /** Removes one message. `done` is called when that is on disk. */
  remove(place: QueuePlace, sequence: number, done: (refusal?: Refusal) => void): void {
    const queue = queueOf(place);
    if (queue instanceof Refusal) return done(queue);
    if (queue.index.state(sequence) === ENTRY_NONE)
      return done(new Refusal('message-not-found', `There is no message ${sequence} in ${described(place)}.`));
    if (!queue.discard(sequence, true))
      return done(new Refusal('message-in-use', `The message ${sequence} of ${described(place)} is with a consumer.`));
    queue.recordSettled();
    this.#shard.whenDurable({ confirmed: () => done() }, 0);
  }

  /** Ends a named subscription of a topic; with `force`, also one with consumers, which are told. `done` is called when that is on disk. */
  endSubscription(space: AddressSpace, topic: string, name: string, force: boolean, done: (refusal?: Refusal) => void): void {
    endSubscription(this.#shard, space, topic, name, force, done);
  }

  #originOf(message: Message): string | undefined {
    const origin = this.#shard.fieldsOf(message).get(`${ANNOTATIONS_PREFIX}${DEAD_LETTER_ORIGIN}`);
    return typeof origin === 'string' ? origin : undefined;
  }

  #target(place: QueuePlace, to: string): StoringAddress | Refusal {
    const address = place.space.find(to);
    if (!address) return new Refusal('address-not-found', `There is no address ${to} that the messages could go to: declare it first.`);
    if (!(address instanceof BrokeredAddress))
      return new Refusal('capability-unsupported', `The address ${to} stores nothing (${address.spec.type}): name a queue or a topic.`);
    if (address !== place.space.find(place.address)) return address;
    return new Refusal('capability-unsupported', `The messages are at ${to} already: name another address.`);
  }

  #begin(place: WalkedPlace | Refusal, selection: MessageSelection, act: CountingAct, end: OperationEnd): Operation | Refusal {
    if (place instanceof Refusal) return place;
    if (this.#underWay >= OPERATIONS_MAX)
      return new Refusal(
        'links-exhausted',
        `${OPERATIONS_MAX} operations on queues are under way, the most there may be: wait for one to end.`,
      );
    this.#underWay++;
    const walk = new QueueWalk(place, this.#shard, selection, act, refusal => {
      this.#underWay--;
      const over = { confirmed: () => end(reportOf(walk, act), refusal ?? act.refusal) };
      this.#shard.whenDurable(over, 0);
    });
    return {
      get report() {
        return reportOf(walk, act);
      },
      cancel: () => walk.cancel(),
    };
  }
}

function browsing(visit: (walked: WalkedMessage) => boolean): WalkAct {
  return { readsBodies: true, writes: false, meet: visit };
}

function reportOf({ numbers, examined, matched }: QueueWalk, { done = 0, skipped = 0 }: CountingAct): OperationReport {
  const { total, gone, next } = numbers;
  return { total, examined, matched, done, skipped, ...(gone && { gone }), next };
}

/** Numbers of messages that are told one by one. */
const TOLD_MAX = 5;

function refusalOfNamed(place: QueuePlace, { gone, skipped }: OperationReport): Refusal | undefined {
  if (!gone) return undefined;
  if (gone.length > TOLD_MAX)
    return new Refusal('message-not-found', `${gone.length} of the messages are not in ${described(place)} any more.`);
  if (gone.length > 0) return new Refusal('message-not-found', `Not in ${described(place)} any more: message ${gone.join(', ')}.`);
  if (skipped === 0) return undefined;
  return new Refusal(
    'message-in-use',
    `Left where they are in ${described(place)}, with a consumer or expired: ${skipped} of the messages.`,
  );
}

/** The annotation of a dead letter that says where it comes from. */
const DEAD_LETTER_ORIGIN = 'x-opt-dead-letter-origin' satisfies keyof typeof DEAD_LETTER_ANNOTATIONS;
const NO_ORIGIN = new Refusal(
  'message-target-missing',
  'A message does not say which address it comes from: it is no dead letter. Name the address that it shall go to.',
);
