import type { AddressSpace, Visit } from '@angarium/core';
import type { ListedLink } from '@angarium/transport';

/** Whether a link is of the address of this name: by the name itself, an alias, a topic below it, or a pattern whose topics may be below it. */
export function isLinkOf(space: AddressSpace, { address }: Pick<ListedLink, 'address'>, name: string): boolean {
  if (space.names.ownName(address) === name) return true;
  if (!isPattern(address)) return !space.names.has(address) && space.treeOf(address)?.name === name;
  return meets(address.split('/'), name.split('/'), space.typeOf(name) === 'topic');
}

/** Whether who visits may see what the link is of. */
export function mayViewLink(visit: Visit, address: string): boolean {
  if (isPattern(address)) return visit.rights.refusePattern('view', address) === undefined;
  return visit.may('view', address);
}

/** What a link is of may be many topics. */
export function isPattern(address: string): boolean {
  return /[+#]/.test(address);
}

/** Whether a pattern's topics are the address's own name, or, where that has any, `below` it. */
function meets(pattern: readonly string[], levels: readonly string[], below: boolean): boolean {
  // A first level that begins with $ is for no wildcard [MQTT-4.7.2-1].
  if (levels[0]!.startsWith('$') && isPattern(pattern[0]!)) return false;
  for (let i = 0; i < levels.length; i++) {
    if (pattern[i] === '#') return true;
    if (pattern[i] === undefined || (pattern[i] !== '+' && pattern[i] !== levels[i])) return false;
  }
  const next = pattern[levels.length];
  return next === undefined || next === '#' || below;
}
