import type { Address } from '../address/address.ts';
import type { ConsumerPort, DeliverySource, ProducerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Message } from '../message/message.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { MessageObserver } from './message-observer.ts';

/** Who observes one address or queue: one alone, which is told without anybody between, or several. */
export type Observers = MessageObserver;

/**
 * Several who observe, told in turn. Who joins or leaves makes another one of it, so that this may happen while they are told. What most messages are told of
 * names its parameters: a rest of them would be an array each time.
 */
class SeveralObservers implements Omit<Required<MessageObserver>, 'denied'> {
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
  observed.observers = joinObservers(observed.observers, observer);
}

export function unobserve(observed: Observed, observer: MessageObserver): void {
  observed.observers = observersOf(allOf(observed.observers).filter(each => each !== observer));
}

export function allOf(observers: Observers | undefined): readonly MessageObserver[] {
  if (observers === undefined) return [];
  return observers instanceof SeveralObservers ? observers.all : [observers];
}

/** Each of these and those, once. */
export function joinObservers(these: Observers | undefined, those: Observers | undefined): Observers | undefined {
  return these && those && these !== those ? observersOf([...new Set([...allOf(these), ...allOf(those)])]) : (these ?? those);
}

function observersOf(all: readonly MessageObserver[]): Observers | undefined {
  return all.length > 1 ? new SeveralObservers(all) : all[0];
}
