import { ContentEncodings } from '../message/content.ts';
import { QueueOperations } from '../operations/queue-operations.ts';
import { Queue } from '../queue/queue.ts';
import type { Report } from '../report.ts';
import type { Log, LogOwner, LogPressure } from '../store/log.ts';
import { Shard } from '../store/shard.ts';
import { Stream } from '../stream/stream.ts';
import { isStreamId } from '../stream/stream-id.ts';
import type { Turn } from '../turn.ts';
import { AddressSpace } from './address-space.ts';
import type { Definition } from './definition.ts';
import { unknownInDefinition } from './known-definitions.ts';

export const SPACE_DEFAULT = 'default';

const RESTORE_ORDER: Readonly<Record<Definition['kind'], number>> = {
  plan: 0,
  address: 1,
  inbox: 1,
  retained: 1,
  note: 1,
  subscription: 2,
  reader: 2,
  pattern: 2,
  duplicates: 2,
};

export interface BrokerOptions {
  readonly turn: Turn;
  readonly report: Report;
  /** In the default space, attaching creates an address that is not there. */
  readonly autoCreate: boolean;
  /** The most addresses of a space. */
  readonly addressesMax: number;
  /** A name nobody can guess, for dynamic addresses. */
  readonly randomName: () => string;
}

/**
 * All address spaces over one shard. It is built first, since its `logOwner` hears the log's replay; `start` takes the replayed log, and from
 * then on it serves.
 */
export class Broker {
  /** Each head adds its own: how its messages are read by others, and theirs by it. */
  readonly encodings = new ContentEncodings();
  readonly #options: BrokerOptions;
  readonly #spaces = new Map<string, AddressSpace>();
  readonly #shard: Shard;
  readonly #operations: QueueOperations;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#shard = new Shard({
      turn: options.turn,
      report: options.report,
      encodings: this.encodings,
      make: (id, shard) => (isStreamId(id) ? new Stream(id, shard) : new Queue(id, shard)),
      onPressure: pressure => this.#pressed(pressure),
    });
    this.#operations = new QueueOperations(this.#shard);
    this.#addSpace(SPACE_DEFAULT);
  }

  /** What an administrator does with stored messages. */
  get operations(): QueueOperations {
    return this.#operations;
  }

  get logOwner(): LogOwner {
    return this.#shard;
  }

  get spaces(): ReadonlyMap<string, AddressSpace> {
    return this.#spaces;
  }

  /** The space that a client names (AMQP: the hostname of open); the default one where it names none that exists. */
  space(name: string | undefined): AddressSpace {
    return (name !== undefined && this.#spaces.get(name)) || this.#spaces.get(SPACE_DEFAULT)!;
  }

  /** What the replayed log has that only a newer version can have written, in words: it must not be taken then, for some of it would be lost. */
  get unknown(): string | undefined {
    let { unknown } = this.#shard;
    for (const { definition } of this.#shard.definitions.values()) unknown ??= unknownInDefinition(definition);
    return unknown;
  }

  /** Takes the replayed log; `ready` is called when everything that it holds is known, and clients may come. */
  start(log: Log, ready: () => void = () => {}): void {
    const definitions = [...this.#shard.definitions.values()].map(({ definition }) => definition);
    // What belongs to something else comes after it.
    definitions.sort((a, b) => RESTORE_ORDER[a.kind] - RESTORE_ORDER[b.kind]);
    for (const definition of definitions) (this.#spaces.get(definition.space) ?? this.#addSpace(definition.space)).restore(definition);
    this.#shard.start(log);
    let waiting = this.#spaces.size;
    for (const space of this.#spaces.values())
      space.restored(() => {
        if (--waiting === 0) ready();
      });
  }

  #addSpace(name: string): AddressSpace {
    const { autoCreate, addressesMax, randomName } = this.#options;
    const space = new AddressSpace({ name, shard: this.#shard, autoCreate, addressesMax, randomName });
    this.#spaces.set(name, space);
    return space;
  }

  #pressed(pressure: LogPressure): void {
    const level = pressure === 'none' ? 'info' : pressure === 'unsynced-bytes' ? 'debug' : 'error';
    const what =
      pressure === 'none' ? 'the log takes messages again' : 'the log takes no messages: producers of queues and topics get no credit';
    this.#options.report({ level, what, pressure });
    for (const space of this.#spaces.values())
      for (const address of space.addresses.values()) {
        if (!address.brokered) continue;
        if (pressure === 'none') address.credit.changed();
        else address.credit.shrunk();
      }
  }
}
