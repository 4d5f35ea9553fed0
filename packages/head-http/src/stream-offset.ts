import { type AddressSpace, type ConsumerOptions, parseReadFrom, READ_FROM_FORMS } from '@angarium/core';
import { RequestError } from './problem.ts';

/** Where in a stream a receiver begins, by its `offset`; nothing where it says none. Throws `RequestError`. */
export function offsetWish(text: string | null | undefined, space: AddressSpace, address: string): Pick<ConsumerOptions, 'from'> {
  if (text === null || text === undefined) return {};
  const type = space.typeOf(address);
  if (type !== 'stream')
    throw new RequestError('request-invalid', `offset is of streams, and ${address} is no stream${type ? ` but a ${type}` : ''}.`);
  const from = parseReadFrom(text);
  if (from === undefined) throw new RequestError('request-invalid', `offset is "${text}", and has to be ${READ_FROM_FORMS}.`);
  return { from };
}

/** The same by the id of the last event that a reader of the stream got; undefined: it has got none. */
export function afterEvent(id: unknown): Pick<ConsumerOptions, 'from'> | undefined {
  return /^\d{1,15}$/.test(String(id)) ? { from: { offset: Number(id) + 1 } } : undefined;
}
