import type { AddressSpace } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { HttpHead, Webhooks } from '@angarium/head-http';
import type { ConnectionSource } from '../http/connection-routes.ts';
import type { LinkSource, OwnedLink } from './link-watch.ts';

export interface LinkSources {
  readonly connections: Pick<ConnectionSource, 'links'>;
  readonly requests: Pick<HttpHead, 'requestLinks'>;
  readonly webhooks: Pick<Webhooks, 'of'>;
  /** Absent until the log was read. */
  readonly connectors: () => Pick<Connectors, 'links'> | undefined;
}

/** Requests come from many, and share what they send and receive by. */
const REQUESTS = { protocol: 'HTTP', client: 'requests', user: undefined, peer: '' } as const;

/** Links of everybody who has any: connections, requests over HTTP, webhooks, forwarders. */
export function linkSource({ connections, requests, webhooks, connectors }: LinkSources): LinkSource {
  return function* (space: AddressSpace): Iterable<OwnedLink> {
    yield* connections.links(space);
    for (const link of requests.requestLinks(space)) yield { link, owner: REQUESTS };
    for (const webhook of webhooks.of(space).values()) {
      const link = webhook.listed();
      const { name, by, spec } = webhook;
      if (link) yield { link, owner: { protocol: 'Webhook', client: `webhook ${name}`, user: by?.user, peer: spec.url, remote: true } };
    }
    for (const { peer, links } of connectors()?.links(space) ?? []) for (const link of links) yield { link, owner: peer };
  };
}
