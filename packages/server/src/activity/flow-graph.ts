import type { Address, AddressSpace } from '@angarium/core';
import type { LinkState } from './link-state.ts';
import type { LinkStatus } from './link-watch.ts';
import { isLinkOf, isPattern } from './links-of-address.ts';

/** The most that is drawn; what has most to do with others comes first. */
export const FLOW_NODES_MAX = 200;
export const FLOW_EDGES_MAX = 1_000;

export const FLOW_NODE_KINDS = {
  client: 'clients of one user whose names are alike but for numbers',
  address: 'an address of the space',
  remote: 'something elsewhere: where a forwarder leads, a webhook’s URL, an address of another space',
} as const;

export const FLOW_EDGE_KINDS = {
  sends: 'clients send to an address',
  receives: 'clients receive from an address',
  divert: 'messages to one address go to another one too, or instead',
  binding: 'an address gets what a topic publishes',
  'dead-letter': 'messages that fail go there',
  expiry: 'messages whose time to live ends go there',
  forward: 'a forwarder or a webhook carries messages',
  share: 'an address of another space is found here',
} as const;

export interface FlowNode {
  readonly id: string;
  readonly kind: keyof typeof FLOW_NODE_KINDS;
  readonly name: string;
  /** Of an address. */
  readonly type?: string;
  readonly detail: string;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: keyof typeof FLOW_EDGE_KINDS;
  /** Links; of dead letters and expired messages, how many went this way since the start. */
  readonly count: number;
  /** Messages a second over its links together; absent: of none of them it is known. */
  readonly rate?: number;
  /** Of its links, the worst; of other edges `idle`. */
  readonly state: LinkState;
}

export interface FlowGraph {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  /** What was left out, since there is too much of it. */
  readonly leftOut: { readonly nodes: number; readonly edges: number };
}

/** The worst first. */
const STATES: readonly LinkState[] = ['stuck', 'blocked', 'delayed', 'flowing', 'idle'];

/** A client's name without what differs between clients that do the same: numbers, and what is made by chance. */
export function clientPattern(client: string): string {
  return client
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '*')
    .replace(/(?=[0-9a-f]*[0-9])[0-9a-f]{8,}|[0-9]+/gi, '*');
}

interface Building {
  readonly id: string;
  readonly kind: FlowNode['kind'];
  readonly name: string;
  readonly type?: string;
  readonly details: Set<string>;
  /** Who they are, as far as that can be told apart. */
  readonly members: Set<string>;
}

/** Who sends to whom through which address. */
export class FlowBuilder {
  readonly #space: AddressSpace;
  readonly #nodes = new Map<string, Building>();
  readonly #edges = new Map<string, FlowEdge>();
  readonly #topics: readonly Address[];

  constructor(space: AddressSpace) {
    this.#space = space;
    this.#topics = [...space.addresses.values()].filter(({ spec, temporary }) => spec.type === 'topic' && !temporary);
  }

  /** `named`: who it is may be told. */
  link(link: LinkStatus, named: boolean): void {
    const sends = link.role === 'producer';
    const peer = link.remote ? this.#remote(link.peer, link.client) : this.#client(link, named);
    const addresses = [...this.#addressesOf(link)];
    // Which of several addresses messages go to or come from is not counted.
    const rate = addresses.length === 1 ? link.rate : undefined;
    for (const address of addresses) {
      const [from, to] = sends ? [peer, address] : [address, peer];
      this.#edge(from, to, link.remote ? 'forward' : sends ? 'sends' : 'receives', 1, link.state, rate);
    }
  }

  #client({ client, name, user, protocol, connection }: LinkStatus, named: boolean): string {
    const pattern = named ? clientPattern(client || name) : 'clients';
    const id = `client:${named ? (user ?? '') : ''}:${pattern}`;
    const node = this.#node({ id, kind: 'client', name: pattern });
    node.details.add(protocol);
    if (named && user !== undefined) node.details.add(`user ${user}`);
    node.members.add(connection ?? client);
    return id;
  }

  #remote(name: string, detail: string): string {
    const id = `remote:${name}`;
    this.#node({ id, kind: 'remote', name }).details.add(detail);
    return id;
  }

  #node(node: Pick<Building, 'id' | 'kind' | 'name' | 'type'>): Building {
    let known = this.#nodes.get(node.id);
    if (!known) {
      known = { ...node, details: new Set(), members: new Set() };
      this.#nodes.set(node.id, known);
    }
    return known;
  }

  #edge(from: string, to: string, kind: FlowEdge['kind'], count: number, state: LinkState = 'idle', rate?: number): void {
    const key = `${kind}\n${from}\n${to}`;
    const known = this.#edges.get(key);
    const worst = known && STATES.indexOf(known.state) < STATES.indexOf(state) ? known.state : state;
    const together = rate === undefined ? known?.rate : Math.round(10 * ((known?.rate ?? 0) + rate)) / 10;
    this.#edges.set(key, {
      from,
      to,
      kind,
      count: (known?.count ?? 0) + count,
      ...(together !== undefined && { rate: together }),
      state: worst,
    });
  }

  /** Those that the link is of, made nodes. */
  *#addressesOf(link: LinkStatus): Iterable<string> {
    const space = this.#space;
    if (!isPattern(link.address)) {
      const address = space.find(link.address) ?? space.treeOf(link.address);
      // The name of an address that was made for one client is nobody else's to know.
      if (address && !address.temporary) yield this.#address(address);
      return;
    }
    for (const topic of this.#topics) if (isLinkOf(space, link, topic.name)) yield this.#address(topic);
  }

  #address({ name, spec }: Address): string {
    const id = `address:${name}`;
    this.#node({ id, kind: 'address', name, type: spec.type });
    return id;
  }

  /** Where the messages of this address go besides, as far as that may be seen. */
  wiring(address: Address, sees: (name: string) => boolean): void {
    const space = this.#space;
    const { diverts = [], bindings = [], deadLetter, expiry } = address.spec;
    const lead = (to: string, kind: FlowEdge['kind'], count: number): void => {
      const target = space.find(to);
      if (target && sees(target.name)) this.#edge(this.#address(address), this.#address(target), kind, count);
    };
    for (const { to } of diverts) lead(to, 'divert', 1);
    const { deadLettersSent: sent } = deadLetter === undefined && expiry === undefined ? { deadLettersSent: undefined } : address.status();
    if (deadLetter !== undefined) lead(deadLetter, 'dead-letter', (sent?.rejected ?? 0) + (sent?.attempts ?? 0));
    if (expiry !== undefined) lead(expiry, 'expiry', sent?.expired ?? 0);
    for (const pattern of bindings)
      for (const topic of this.#topics)
        if (isLinkOf(space, { address: pattern }, topic.name) && sees(topic.name))
          this.#edge(this.#address(topic), this.#address(address), 'binding', 1);
  }

  /** An address of another space that is found in this one. */
  shared(name: string, from: { readonly space: string; readonly address: string }): void {
    const address = this.#space.find(name);
    if (address)
      this.#edge(this.#remote(`${from.address} of ${from.space}`, `address space ${from.space}`), this.#address(address), 'share', 1);
  }

  graph(): FlowGraph {
    const degrees = new Map<string, number>();
    for (const { from, to, count } of this.#edges.values())
      for (const id of [from, to]) degrees.set(id, (degrees.get(id) ?? 0) + 1 + Math.min(count, 1000) / 1000);
    const ranked = [...this.#nodes.values()].sort((one, other) => (degrees.get(other.id) ?? 0) - (degrees.get(one.id) ?? 0));
    const shown = ranked.slice(0, FLOW_NODES_MAX);
    const present = new Set(shown.map(({ id }) => id));
    const edges = [...this.#edges.values()].filter(({ from, to }) => present.has(from) && present.has(to));
    return {
      nodes: shown.map(shownNode),
      edges: edges.slice(0, FLOW_EDGES_MAX),
      leftOut: { nodes: ranked.length - shown.length, edges: this.#edges.size - Math.min(edges.length, FLOW_EDGES_MAX) },
    };
  }
}

function shownNode({ id, kind, name, type, details, members }: Building): FlowNode {
  const several = members.size > 1 ? [`${members.size} of them`] : [];
  return { id, kind, name, ...(type !== undefined && { type }), detail: [...several, ...details].join(', ') };
}
