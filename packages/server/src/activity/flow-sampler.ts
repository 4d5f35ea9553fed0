import { type AddressSpace, type Principal, Visit } from '@angarium/core';
import { seesAll } from './attention.ts';
import { FlowBuilder, type FlowGraph } from './flow-graph.ts';
import type { LinkStatus, LinkWatch } from './link-watch.ts';
import { mayViewLink } from './links-of-address.ts';
import type { Sampler } from './sampler.ts';

/** The most links that one picture is made of. */
const LINKS_MAX = 20_000;

/** Draws who sends to whom through which address, each time anew: what has changed in a picture is seen by looking at it. */
export class FlowSampler implements Sampler {
  readonly #space: AddressSpace;
  readonly #links: LinkWatch;
  #atMs = 0;
  #looks = 0;
  #seen: readonly LinkStatus[] = [];
  /** For all who see everything in the space. */
  #whole: string | undefined;

  constructor(space: AddressSpace, links: LinkWatch) {
    this.#space = space;
    this.#links = links;
  }

  look(): void {
    this.#atMs = Date.now();
    this.#looks++;
    this.#whole = undefined;
    const seen: LinkStatus[] = [];
    for (const link of this.#links.look(this.#space)) {
      if (seen.length === LINKS_MAX) break;
      seen.push(link);
    }
    this.#seen = seen;
  }

  event(_kind: 'snapshot' | 'change', principal: Principal): string {
    return `event: snapshot\nid: ${this.#looks}\ndata: ${this.document(principal)}\n\n`;
  }

  document(principal: Principal): string {
    if (!seesAll(principal)) return this.#text(this.#draw(principal));
    this.#whole ??= this.#text(this.#draw(principal));
    return this.#whole;
  }

  #text(graph: FlowGraph): string {
    return JSON.stringify({ atMs: this.#atMs, ...graph });
  }

  #draw(principal: Principal): FlowGraph {
    const space = this.#space;
    const visit = new Visit(space, principal);
    const mayKnow = (kind: string): boolean => principal.administersServer || principal.rights.refuseKind('view', kind) === undefined;
    const [clients, forwarders, imports] = ['Connection', 'Forwarder', 'AddressImport'].map(mayKnow);
    const builder = new FlowBuilder(space);
    for (const link of this.#seen)
      if (mayViewLink(visit, link.address) && (forwarders || !link.remote)) builder.link(link, clients ?? false);
    for (const address of space.addresses.values())
      if (!address.temporary && visit.may('view', address.name)) builder.wiring(address, name => visit.may('view', name));
    for (const [name, { from }] of imports ? space.names.imports : []) if (visit.may('view', name)) builder.shared(name, from);
    return builder.graph();
  }
}
