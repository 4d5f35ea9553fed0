import type { AddressSpace } from '../address/address-space.ts';
import { Refusal } from '../delivery/refusal.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { TopicAddress } from '../topic/topic-address.ts';
import type { Exported, ExportedMessage } from './exported.ts';
import type { QueueOperations } from './queue-operations.ts';
import type { WalkedMessage } from './queue-walk.ts';
import { StreamEntries, type WalkedPlace } from './walked-place.ts';

/** Bytes of messages that are in memory at a time. */
const PAGE_BYTES_MAX = 1024 * 1024;

/** What is exported together: what comes before the messages of one place, them, and what comes after. */
interface ExportedPlace {
  readonly before?: Exported;
  readonly address: string;
  readonly subscription?: string | undefined;
  readonly walked: WalkedPlace;
  readonly after?: () => readonly Exported[];
}

/**
 * Everything that a space has stored and that outlives a restart, a page at a time: messages of queues, of durable subscriptions, of streams, and retained ones. Each is there once if it
 * was there when its place was begun, and still is when it is come to. What clients' sessions hold is theirs, and is left out.
 */
export class MessageExport {
  readonly #operations: QueueOperations;
  /** Those to come, the next one last. */
  readonly #places: ExportedPlace[];
  #place: ExportedPlace | undefined;
  #next = 0;
  /** Messages that are there at the beginning: about as many will be exported. */
  readonly total: number;

  constructor(operations: QueueOperations, space: AddressSpace) {
    this.#operations = operations;
    this.#places = [...placesOf(space)].reverse();
    this.total = this.#places.reduce((total, { walked }) => total + (walked?.index.live ?? 0), 0);
  }

  /** The next page; it may be empty, and undefined says that there are no more. The bytes of messages are valid until the next call. */
  next(done: (page: readonly Exported[] | Refusal | undefined) => void): void {
    if (this.#place === undefined) {
      this.#place = this.#places.pop();
      if (this.#place === undefined) return done(undefined);
      this.#next = 0;
      const { before } = this.#place;
      if (before !== undefined) return done([before]);
    }
    this.#page(this.#place, done);
  }

  #page(place: ExportedPlace, done: (page: readonly Exported[] | Refusal) => void): void {
    const page: Exported[] = [];
    let bytes = 0;
    let full = false;
    const visit = (met: WalkedMessage): boolean => {
      bytes += met.message.end - met.message.start;
      full = page.length > 0 && bytes > PAGE_BYTES_MAX;
      if (!full) page.push(exportedMessage(place, met));
      return !full;
    };
    const begun = this.#operations.browsePlace(place.walked, { from: this.#next }, visit, (report, refusal) => {
      // What was deleted meanwhile has nothing more to say.
      if (refusal !== undefined && refusal.code !== 'address-deleted') return done(refusal);
      this.#next = report.next;
      if (full) done(page);
      else this.#endPlace(done, page, place.after);
    });
    if (begun instanceof Refusal) done(begun);
  }

  #endPlace(done: (page: readonly Exported[]) => void, page: readonly Exported[], after: ExportedPlace['after']): void {
    this.#place = undefined;
    done(after === undefined ? page : [...page, ...after()]);
  }
}

function* placesOf(space: AddressSpace): Generator<ExportedPlace> {
  const addresses = [...space.addresses.values()].filter(({ temporary }) => !temporary);
  for (const address of addresses.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const { name } = address;
    if (address instanceof QueueAddress) yield { address: name, walked: { stored: address.queue, index: address.queue.index } };
    else if (address instanceof StreamAddress)
      yield {
        address: name,
        walked: { stored: address.stream, index: new StreamEntries(address.stream) },
        after: () => readersOf(address),
      };
    else if (address instanceof TopicAddress) yield* subscriptionsOf(address);
  }
  if (space.retainedCount > 0) {
    const { queue } = space.retained;
    yield { address: '', walked: { stored: queue, index: queue.index } };
  }
}

function* subscriptionsOf(topic: TopicAddress): Generator<ExportedPlace> {
  const { name: address } = topic;
  for (const { name, durable, shared, pattern, filter, queue } of topic.subscriptions)
    if (durable && name !== undefined)
      yield {
        address,
        subscription: name,
        before: { kind: 'subscription', address, name, shared, pattern: pattern?.pattern, selector: filter?.text },
        walked: { stored: queue, index: queue.index },
      };
}

function readersOf({ name: address, stream }: StreamAddress): Exported[] {
  return [...stream.readers].flatMap(({ identity: { id, name, shared }, lag }) =>
    id > 0 && name !== undefined ? [{ kind: 'reader', address, name, shared, lag }] : [],
  );
}

function exportedMessage({ address, subscription }: ExportedPlace, met: WalkedMessage): ExportedMessage {
  const { message, attempts, storedAtMs, dueAtMs, expiresAtMs } = met;
  const { encoding, format, durable, priority, grouped, topic } = message;
  return {
    kind: 'message',
    address,
    subscription,
    retained: address === '',
    encoding,
    bytes: message.bytes.slice(message.start, message.end),
    format,
    durable,
    priority,
    attempts,
    grouped,
    topic,
    storedAtMs,
    dueAtMs,
    expiresAtMs,
  };
}
