import assert from 'node:assert/strict';
import type { Address, AddressSpec, AddressStatus, AddressType, ConsumerOptions } from '../../src/address/address.ts';
import type { AddressSpace } from '../../src/address/address-space.ts';
import { Broker, SPACE_DEFAULT } from '../../src/address/broker.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { CoreEvent } from '../../src/report.ts';
import type { LogPosition } from '../../src/store/log.ts';
import { Shard } from '../../src/store/shard.ts';
import { ManualTurn } from './manual-turn.ts';
import { MemoryLog, type MemoryLogOptions } from './memory-log.ts';
import { RecordingConsumer } from './recording-consumer.ts';
import { RecordingProducer } from './recording-producer.ts';

export interface RunningBrokerOptions extends Partial<Omit<MemoryLogOptions, 'turn'>> {
  readonly autoCreate?: boolean;
  readonly addressesMax?: number;
}

/** A broker over a log in memory, with the clock in the test's hand. */
export class RunningBroker {
  readonly turn: ManualTurn;
  readonly log: MemoryLog;
  readonly broker: Broker;
  readonly events: CoreEvent[] = [];
  readonly #options: RunningBrokerOptions;

  constructor(options: RunningBrokerOptions = {}, before?: { readonly log: MemoryLog; readonly turn: ManualTurn }) {
    this.#options = options;
    this.turn = before?.turn ?? new ManualTurn();
    this.log = before?.log ?? new MemoryLog({ ...options, turn: this.turn });
    let random = 0;
    this.broker = new Broker({
      turn: this.turn,
      report: event => this.events.push(event),
      autoCreate: options.autoCreate ?? true,
      addressesMax: options.addressesMax ?? 1000,
      randomName: () => `random-${this.turn.nowMs}-${random++}`,
    });
    this.log.replay(this.broker.logOwner);
    this.broker.start(this.log);
  }

  get space(): AddressSpace {
    return this.broker.spaces.get(SPACE_DEFAULT)!;
  }

  /** The process is gone: its ports, timers and what was not on disk with it. A new one starts over what the log has. */
  crash(survivingEnd?: LogPosition): RunningBroker {
    const turn = new ManualTurn(this.turn.nowMs);
    return new RunningBroker(this.#options, { turn, log: this.log.crash({ ...this.#options, turn }, survivingEnd) });
  }

  /** Everything is on disk, and then the process is gone. */
  restart(): RunningBroker {
    this.turn.runAll();
    this.log.makeDurable();
    this.turn.runAll();
    return this.crash();
  }

  /** The shard, which the broker keeps to itself but as the owner of its log. */
  get shard(): Shard {
    const owner = this.broker.logOwner;
    assert.ok(owner instanceof Shard);
    return owner;
  }

  /** Bytes retained in the log for definitions. */
  get definitionBytes(): number {
    let sizeBytes = 0;
    for (const place of this.shard.definitions.values()) sizeBytes += place.sizeBytes;
    return sizeBytes;
  }

  declare(name: string, spec: AddressSpec): Address {
    let result: Address | Refusal | undefined;
    this.space.declare(name, spec, done => {
      result = done;
    });
    this.turn.runAll();
    this.log.makeDurable();
    assert.ok(
      result && !(result instanceof Refusal),
      `${name} is declared: ${result instanceof Refusal ? result.description : 'no answer'}`,
    );
    return result;
  }

  address(name: string): Address {
    const address = this.space.addresses.get(name);
    assert.ok(address, `there is an address ${name}`);
    return address;
  }

  status(name: string): AddressStatus {
    return this.address(name).status();
  }

  producer(name: string, type?: AddressType): RecordingProducer {
    const producer = new RecordingProducer();
    producer.attached(this.space.attachProducer(name, type, producer));
    this.turn.runAll();
    return producer;
  }

  consumer(name: string, options: ConsumerOptions = {}, type?: AddressType): RecordingConsumer {
    const consumer = new RecordingConsumer();
    return consumer.attached(this.space.attachConsumer(name, type, consumer, options));
  }

  run(): void {
    this.turn.runAll();
  }
}
