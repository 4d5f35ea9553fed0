import type { Address } from '../address/address.ts';
import type { ConsumerPort, DeliverySource, ProducerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Message } from '../message/message.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { MessageObserver } from './message-observer.ts';

/**
 * All who observe one address or queue, told in turn. Who joins or leaves makes another one of it, so that this may happen while they are told. What
 * most messages are told of names its parameters: a rest of them would be an array each time.
 */
export class Observers implements Omit<Required<MessageObserver>, 'denied'> {
  readonly all: readonly MessageObserver[];

  constructor(all: readonly MessageObserver[]) {
    this.all = all;
  }

  arrived(message: Message, address: Address, port: ProducerPort | undefined, token: number): boolean {
    let followed = false;
    for (const each of this.all) if (each.arrived(message, address, port, token)) followed = true;
    return followed;
  }

  follows(message: Message): boolean {
    for (const each of this.all) if (each.follows(message)) return true;
    return false;
  }

  heard(...told: Parameters<Required<MessageObserver>['heard']>): void {
    for (const each of this.all) each.heard?.(...told);
  }

  refused(...told: Parameters<MessageObserver['refused']>): void {
    for (const each of this.all) each.refused(...told);
  }

  repeated(): void {
    for (const each of this.all) each.repeated();
  }

  stored(...told: Parameters<MessageObserver['stored']>): void {
    for (const each of this.all) each.stored(...told);
  }

  over(): void {
    for (const each of this.all) each.over();
  }

  delivered(message: Message, queue: StoredQueue, sequence: number, port: ConsumerPort): void {
    for (const each of this.all) each.delivered(message, queue, sequence, port);
  }

  seen(...told: Parameters<Required<MessageObserver>['seen']>): void {
    for (const each of this.all) each.seen?.(...told);
  }

  settled(queue: StoredQueue, sequence: number, port: ConsumerPort, outcome: Outcome): void {
    for (const each of this.all) each.settled(queue, sequence, port, outcome);
  }

  leaving(...told: Parameters<MessageObserver['leaving']>): void {
    for (const each of this.all) each.leaving(...told);
  }

  moved(...told: Parameters<MessageObserver['moved']>): void {
    for (const each of this.all) each.moved(...told);
  }

  discarded(...told: Parameters<MessageObserver['discarded']>): void {
    for (const each of this.all) each.discarded(...told);
  }

  waits(...told: Parameters<MessageObserver['waits']>): void {
    for (const each of this.all) each.waits(...told);
  }

  handed(address: Address, message: Message, port: ConsumerPort, source: DeliverySource, token: number): void {
    for (const each of this.all) each.handed(address, message, port, source, token);
  }

  missed(...told: Parameters<MessageObserver['missed']>): void {
    for (const each of this.all) each.missed(...told);
  }

  givenBack(...told: Parameters<MessageObserver['givenBack']>): void {
    for (const each of this.all) each.givenBack(...told);
  }

  outcome(source: DeliverySource, token: number, outcome: Outcome): void {
    for (const each of this.all) each.outcome(source, token, outcome);
  }
}

/** Something that is observed. */
export interface Observed {
  /** undefined: nobody observes it. */
  observers: Observers | undefined;
}

export function observe(observed: Observed, observer: MessageObserver): void {
  const all = observed.observers?.all ?? [];
  if (!all.includes(observer)) observed.observers = new Observers([...all, observer]);
}

export function unobserve(observed: Observed, observer: MessageObserver): void {
  const left = observed.observers?.all.filter(each => each !== observer) ?? [];
  observed.observers = left.length > 0 ? new Observers(left) : undefined;
}
