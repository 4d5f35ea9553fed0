import type { AddressSpec } from '../../src/address/address.ts';
import type { SimulatedMessage } from './message.ts';
import type { Place } from './whereabouts.ts';

/** The topic of a life, and names below it. */
export const TOPICS = ['t', 't/a', 't/b/c'] as const;
export const BINDINGS: readonly (readonly string[])[] = [['t'], ['t/+'], ['t/a', 't/#'], ['#'], ['+/b/+', 't/a']];

/** The selectors of a life's diverts, each with what it means. */
export const SELECTORS: Readonly<Record<string, (message: SimulatedMessage) => boolean>> = {
  "c = 'red'": ({ colour }) => colour === 'red',
  "k = 'k1' OR c = 'blue'": ({ key, colour }) => key === 'k1' || colour === 'blue',
  'k IS NULL': ({ key }) => key === undefined,
};

export function isTopic(name: string): boolean {
  return TOPICS.some(topic => topic === name);
}

/** Whether the queue gets what is published to this name. */
export function isBound({ bindings = [] }: AddressSpec, topic: string): boolean {
  return bindings.some(pattern => matches(pattern.split('/'), topic.split('/')));
}

function matches([wanted, ...patterns]: string[], [level, ...levels]: string[]): boolean {
  if (wanted === '#') return true;
  if (wanted === undefined || level === undefined) return wanted === level;
  return (wanted === '+' || wanted === level) && matches(patterns, levels);
}

/** Where a message goes that is sent to the queue. */
export function divertedTo({ diverts = [] }: AddressSpec, message: SimulatedMessage): Set<Place> {
  const matching = diverts.filter(({ selector }) => selector === undefined || SELECTORS[selector]!(message));
  const places = new Set(matching.map(({ to }) => to as Place));
  if (!matching.some(({ move }) => move)) places.add('q');
  return places;
}
