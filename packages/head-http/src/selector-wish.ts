import { type AddressSpace, type ConsumerOptions, compileSelector, SelectorError } from '@angarium/core';
import { RequestError } from './problem.ts';

/** Which messages a receiver wants, by its `selector`; nothing where it says none: all of them. Throws `RequestError`. */
export function selectorWish(text: string | null | undefined, space: AddressSpace, address: string): Pick<ConsumerOptions, 'filter'> {
  if (text === null || text === undefined || text.trim() === '') return {};
  const type = space.typeOf(address);
  if (type === 'anycast' || type === 'multicast')
    throw new RequestError(
      'request-invalid',
      `${address} is a direct address, which hands its messages to whoever is there: leave out selector.`,
    );
  const filter = compileSelector(text);
  if (filter instanceof SelectorError) throw new RequestError('request-invalid', `selector is not valid: ${filter.message}`);
  return { filter };
}
