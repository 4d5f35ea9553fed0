import type { Broker, Resource } from '@angarium/core';

/** Puts a document where the server finds it, as the API would; `space` is empty for one of the server. Resolves when it is on disk. */
export function declare(broker: Broker, kind: string, space: string, name: string, spec: object): Promise<Resource> {
  return new Promise(resolve => broker.resources.put(kind, space, name, spec as Resource['spec'], {}, resolve));
}

export function undeclare(broker: Broker, kind: string, space: string, name: string): Promise<void> {
  return new Promise(resolve => broker.resources.remove(kind, space, name, resolve));
}
