import type { Address, AddressSpec } from '../address/address.ts';
import { Refusal } from '../delivery/refusal.ts';

/** Why the diverts of an address that is to be like this would bring messages back to it; `find` answers the addresses as they are. */
export function refuseDivertLoop(name: string, spec: AddressSpec, find: (name: string) => Address | undefined): Refusal | undefined {
  const nameOf = (to: string): string => (spec.aliases?.includes(to) ? name : (find(to)?.name ?? to));
  const seen = new Set<string>();
  const pathBack = (from: AddressSpec | undefined, path: readonly string[]): readonly string[] | undefined => {
    for (const divert of from?.diverts ?? []) {
      const to = nameOf(divert.to);
      if (to === name) return [...path, to];
      if (seen.has(to)) continue;
      seen.add(to);
      const back = pathBack(find(to)?.spec, [...path, to]);
      if (back) return back;
    }
    return undefined;
  };
  const path = pathBack(spec, [name]);
  if (!path) return undefined;
  return new Refusal('address-spec-invalid', `Diverts of ${name} would bring messages back to it: ${path.join(' → ')}. Break the loop.`);
}
