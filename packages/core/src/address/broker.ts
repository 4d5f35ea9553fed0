import type { Door, OnRefused } from '../access/door.ts';
import { ALL_RIGHTS, type Claimant, Principal, type Rights, refuseEntry } from '../access/principal.ts';
import { Visit } from '../access/visit.ts';
import type { Confirmation } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import { TurnShares } from '../limits/turn-shares.ts';
import { ContentEncodings } from '../message/content.ts';
import { MessageTraces } from '../observe/message-traces.ts';
import { QueueOperations } from '../operations/queue-operations.ts';
import { Queue } from '../queue/queue.ts';
import type { Report } from '../report.ts';
import { Resources } from '../resource/resources.ts';
import { Revisions } from '../resource/revisions.ts';
import type { Log, LogOwner, LogPressure } from '../store/log.ts';
import { Shard } from '../store/shard.ts';
import { Stream } from '../stream/stream.ts';
import { isStreamId } from '../stream/stream-id.ts';
import type { Turn } from '../turn.ts';
import { AddressSpace } from './address-space.ts';
import type { Definition } from './definition.ts';
import { unknownInDefinition } from './known-definitions.ts';
import type { SpaceSettings } from './space-options.ts';

export const SPACE_DEFAULT = 'default';

const RESTORE_ORDER: Readonly<Record<Definition['kind'], number>> = {
  resource: 0,
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
  /** The most addresses of the default space, and of others that say nothing else. */
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
  readonly #shares: TurnShares;
  readonly #operations: QueueOperations;
  /** Messages that administrators follow on their way. */
  readonly traces: MessageTraces;
  readonly revisions: Revisions;
  /** Declared documents of kinds that the core does not know. */
  readonly resources: Resources;

  /** What somebody may do now who was let in before. */
  rightsOf: (who: Claimant) => Rights = () => ALL_RIGHTS;
  /** Is told of what visitors ask for and may not have. */
  onRefused: OnRefused = () => {};

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#shares = new TurnShares(options.turn);
    this.#shard = new Shard({
      turn: options.turn,
      report: options.report,
      encodings: this.encodings,
      make: (id, shard) => (isStreamId(id) ? new Stream(id, shard) : new Queue(id, shard)),
      onPressure: pressure => this.#pressed(pressure),
    });
    this.#operations = new QueueOperations(this.#shard);
    this.traces = new MessageTraces(this.#shard, this.#operations);
    this.revisions = new Revisions(options.turn);
    this.resources = new Resources(this.#shard, this.revisions);
    const { autoCreate, addressesMax } = options;
    this.#addSpace(SPACE_DEFAULT, { autoCreate, addressesMax });
  }

  /** Why the log takes no messages. */
  get logPressure(): LogPressure {
    return this.#shard.log.pressure;
  }

  /** What an administrator does with stored messages. */
  get operations(): QueueOperations {
    return this.#operations;
  }

  /** Calls `waiter.confirmed(token)` when what was appended so far is on disk; at once when it is there already. */
  whenDurable(waiter: Confirmation, token: number): void {
    this.#shard.whenDurable(waiter, token);
  }

  get logOwner(): LogOwner {
    return this.#shard;
  }

  get spaces(): ReadonlyMap<string, AddressSpace> {
    return this.#spaces;
  }

  /** The space of this name; the default one where there is none. */
  space(name: string | undefined): AddressSpace {
    return (name !== undefined && this.#spaces.get(name)) || this.#spaces.get(SPACE_DEFAULT)!;
  }

  /** Lets somebody into the space that he names, or else into his own. An administrator of the server may enter all of them. */
  enter(principal: Principal, named: string | undefined, door: Door): Visit | Refusal {
    const home = this.#spaces.get(principal.space);
    const space = (named !== undefined && this.#spaces.get(named)) || home;
    if (!space) return new Refusal('space-not-found', `The address space ${principal.space} is gone.`);
    if (space !== home && !principal.administersServer) return this.refuseEntry(principal, space.name, door);
    return new Visit(space, principal, door, this.onRefused);
  }

  /** Says no to who may not enter, be the space there or not. */
  refuseEntry(principal: Principal, space: string, door: Door): Refusal {
    this.onRefused({ principal, space, action: 'enter', address: '', door });
    return refuseEntry(principal, space);
  }

  /** Makes a space; there must be none of this name. It is kept when something in it is, or a document says so: the caller's affair. */
  createSpace(name: string, settings: Partial<SpaceSettings> = {}): AddressSpace {
    const { addressesMax } = this.#options;
    return this.#addSpace(name, { autoCreate: false, addressesMax, ...settings });
  }

  /** Ends a space with all that is in it. What is connected to it has to be sent away besides. */
  endSpace(name: string): void {
    const space = this.#spaces.get(name);
    if (!space || name === SPACE_DEFAULT) return;
    this.#spaces.delete(name);
    space.end();
    this.resources.removeSpace(name);
  }

  /**
   * What the replayed log has that only a newer version can have written, in words: it must not be taken then, for some of it would be lost, or not hold. `resources`: the
   * kinds of documents that are known.
   */
  unknown(resources: ReadonlySet<string>): string | undefined {
    let { unknown } = this.#shard;
    for (const { definition } of this.#shard.definitions.values()) unknown ??= unknownInDefinition(definition, resources);
    return unknown;
  }

  /** Takes the replayed log; `ready` is called when everything that it holds is known, and clients may come. */
  start(log: Log, ready: () => void = () => {}): void {
    const definitions = [...this.#shard.definitions.values()].map(({ definition }) => definition);
    // What belongs to something else comes after it.
    definitions.sort((a, b) => RESTORE_ORDER[a.kind] - RESTORE_ORDER[b.kind]);
    for (const definition of definitions)
      if (definition.kind === 'resource') this.resources.restore(definition);
      else (this.#spaces.get(definition.space) ?? this.createSpace(definition.space)).restore(definition);
    this.revisions.started();
    this.#shard.start(log);
    let waiting = this.#spaces.size;
    for (const space of this.#spaces.values())
      space.restored(() => {
        if (--waiting === 0) ready();
      });
    log.replayed();
  }

  #addSpace(name: string, settings: SpaceSettings): AddressSpace {
    const { randomName } = this.#options;
    const { revisions } = this;
    const visitOf = (of: AddressSpace, who: Claimant): Visit => new Visit(of, new Principal({ ...who, rights: this.rightsOf(who) }));
    const space = new AddressSpace({ name, shard: this.#shard, settings, revisions, shares: this.#shares, visitOf, randomName });
    this.#spaces.set(name, space);
    return space;
  }

  #pressed(pressure: LogPressure): void {
    const level = pressure === 'none' ? 'info' : pressure === 'unsynced-bytes' ? 'debug' : 'error';
    const what =
      pressure === 'none' ? 'the log takes messages again' : 'the log takes no messages: producers of queues and topics get no credit';
    const event = pressure === 'none' ? 'LogRecovered' : 'LogPressed';
    this.#options.report({ level, what, pressure, ...(pressure !== 'unsynced-bytes' && { event }) });
    for (const space of this.#spaces.values())
      for (const address of space.addresses.values()) {
        if (!address.brokered) continue;
        if (pressure === 'none') address.credit.changed();
        else address.credit.shrunk();
      }
  }
}
