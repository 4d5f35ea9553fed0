import type { AddressSpace, Broker } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { HttpHead, Webhook, Webhooks } from '@angarium/head-http';
import type { LinkPeer, ListedLink } from '@angarium/transport';
import type { ConnectionSource } from '../http/connection-routes.ts';

/** Who has a link. */
export interface LinkOwner extends LinkPeer {
  readonly connection?: string;
}

/** A connection, or something else that has links. */
export interface LinkHolder {
  /** The name of the space that its links are in. */
  readonly addressSpace: string;
  owner(): LinkOwner;
  links(): Iterable<ListedLink>;
}

/** Everybody who has links in a space, or in any: what is only counted is gone through for all spaces at once. */
export type LinkSource = (space?: AddressSpace) => Iterable<LinkHolder>;

export interface LinkSources {
  readonly broker: Pick<Broker, 'spaces' | 'resources'>;
  readonly connections: Pick<ConnectionSource, 'holders'>;
  readonly requests: Pick<HttpHead, 'requestLinks'>;
  readonly webhooks: Pick<Webhooks, 'of' | 'all'>;
  /** Absent until the log was read. */
  readonly connectors: () => Pick<Connectors, 'links'> | undefined;
}

/** Requests come from many, and share what they send and receive by. */
const REQUESTS: LinkOwner = { protocol: 'HTTP', client: 'requests', user: undefined, peer: '' };

/** Connections, requests over HTTP, webhooks, forwarders. */
export function linkSource({ broker, connections, requests, webhooks, connectors }: LinkSources): LinkSource {
  function* forwarders(space: AddressSpace): Iterable<LinkHolder> {
    if (broker.resources.all('Forwarder', space.name).size === 0) return;
    for (const { peer, links } of connectors()?.links(space) ?? [])
      yield { addressSpace: space.name, owner: () => peer, links: () => links };
  }
  return function* (space) {
    yield* connections.holders(space);
    for (const { space: of, link } of requests.requestLinks(space))
      yield { addressSpace: of.name, owner: () => REQUESTS, links: () => [link] };
    for (const webhook of space ? webhooks.of(space).values() : webhooks.all()) yield webhookHolder(webhook);
    for (const of of space ? [space] : broker.spaces.values()) yield* forwarders(of);
  };
}

function webhookHolder(webhook: Webhook): LinkHolder {
  const { name, by, spec, space } = webhook;
  return {
    addressSpace: space.name,
    owner: () => ({ protocol: 'Webhook', client: `webhook ${name}`, user: by?.user, peer: spec.url, remote: true }),
    links() {
      const link = webhook.listed();
      return link ? [link] : [];
    },
  };
}
