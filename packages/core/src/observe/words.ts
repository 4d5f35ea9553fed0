import type { PeerDescription } from '../delivery/delivery.ts';
import type { MessageFields, MessageFilter } from '../message/message-filter.ts';
import { selectorFields } from '../selector/selector-fields.ts';

/** Values of fields are cut after so many characters. */
const VALUE_LENGTH_MAX = 60;

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `3 s`, `5 min`, `2 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(words: readonly string[], max: number): string {
  const shown = words.slice(0, max);
  if (words.length > max) return `${shown.join(', ')} and ${words.length - max} more`;
  const last = shown.pop();
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`;
}

/** `billing-1/receiver (AMQP 1.0, user ann, 10.0.0.7:4242)`. */
export function peerWords(peer: PeerDescription | undefined): string {
  if (!peer) return 'somebody';
  const { protocol, name, user, from } = peer;
  const details = [protocol, user !== undefined && user !== name && `user ${user}`, from].filter(Boolean);
  return `${name} (${details.join(', ')})`;
}

/** Why a filter does not hold, by the values of what it asks for: `region = 'eu', and region is 'us'`. */
export function filterWords({ text }: MessageFilter, fields: MessageFields): string {
  const values = selectorFields(text).map(name => `${name} ${valueWords(fields.get(name))}`);
  return values.length === 0 ? text : `${text}, and ${listed(values, 5)}`;
}

function valueWords(value: ReturnType<MessageFields['get']>): string {
  if (value === undefined) return 'is not there';
  const text = String(value);
  const cut = text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX - 1)}…` : text;
  return typeof value === 'string' ? `is '${cut}'` : `is ${cut}`;
}
