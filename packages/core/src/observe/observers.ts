import type { MessageObserver } from './message-observer.ts';

type Told = { readonly [Method in Exclude<keyof MessageObserver, 'denied'>]: (...told: Parameters<MessageObserver[Method]>) => void };

/** All who observe one address or queue, told in turn. Who joins or leaves makes another one of it, so that this may happen while they are told. */
export class Observers implements Told {
  readonly all: readonly MessageObserver[];

  constructor(all: readonly MessageObserver[]) {
    this.all = all;
  }

  arrived(...told: Parameters<MessageObserver['arrived']>): void {
    for (const each of this.all) each.arrived(...told);
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

  delivered(...told: Parameters<MessageObserver['delivered']>): void {
    for (const each of this.all) each.delivered(...told);
  }

  settled(...told: Parameters<MessageObserver['settled']>): void {
    for (const each of this.all) each.settled(...told);
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

  handed(...told: Parameters<MessageObserver['handed']>): void {
    for (const each of this.all) each.handed(...told);
  }

  missed(...told: Parameters<MessageObserver['missed']>): void {
    for (const each of this.all) each.missed(...told);
  }

  givenBack(...told: Parameters<MessageObserver['givenBack']>): void {
    for (const each of this.all) each.givenBack(...told);
  }

  outcome(...told: Parameters<MessageObserver['outcome']>): void {
    for (const each of this.all) each.outcome(...told);
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
