import type { LinkState } from '../api/links.ts';

/** Who sends to whom through which address (`GET …/flow`). */
export interface FlowNode {
  readonly id: string;
  readonly kind: 'client' | 'address' | 'remote';
  /** Of clients, what their names have in common: each number in them is `*`. */
  readonly name: string;
  /** Of an address. */
  readonly type?: string;
  readonly detail: string;
}

export type FlowEdgeKind = 'sends' | 'receives' | 'divert' | 'binding' | 'dead-letter' | 'expiry' | 'forward' | 'share';

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: FlowEdgeKind;
  /** Links; of dead letters and expired messages how many went this way. */
  readonly count: number;
  /** Messages a second over its links together; absent: that is not known. */
  readonly rate?: number;
  readonly state: LinkState;
}

export interface FlowPicture {
  readonly atMs: number;
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  readonly leftOut: { readonly nodes: number; readonly edges: number };
}

/** What an edge means, as in "billing-* sends to orders". */
export const EDGE_WORDS = {
  sends: 'sends to',
  receives: 'is received by',
  divert: 'diverts to',
  binding: 'publishes to',
  'dead-letter': 'has its dead letters in',
  expiry: 'has what expires in',
  forward: 'is carried to',
  share: 'is shared as',
} as const satisfies Record<FlowEdgeKind, string>;

/** Edges that need somebody. */
export function inTrouble({ state }: FlowEdge): boolean {
  return state === 'blocked' || state === 'stuck' || state === 'delayed';
}

export interface FlowFilter {
  /** Part of a name: what is called so, and all that messages come from or go to from there. */
  readonly text: string;
  /** Only what needs somebody. */
  readonly trouble: boolean;
}

/** The part of a picture that somebody wants to see. */
export function filterFlow(
  { nodes, edges }: Pick<FlowPicture, 'nodes' | 'edges'>,
  filter: FlowFilter,
): Pick<FlowPicture, 'nodes' | 'edges'> {
  const part = filter.text.toLowerCase();
  const wanted = filter.trouble ? edges.filter(inTrouble) : edges;
  if (part === '' && !filter.trouble) return { nodes, edges };
  const called = nodes.filter(({ name }) => name.toLowerCase().includes(part)).map(({ id }) => id);
  // What clients do with what they have received is not known: the way ends with them.
  const clients = new Set(nodes.filter(({ kind }) => kind === 'client').map(({ id }) => id));
  const before = reached(called, clients, wanted, ({ from, to }) => [to, from]);
  const after = reached(called, clients, wanted, ({ from, to }) => [from, to]);
  const kept = wanted.filter(({ from, to }) => (before.has(from) && before.has(to)) || (after.has(from) && after.has(to)));
  const ends = new Set(kept.flatMap(({ from, to }) => [from, to]));
  // Who is called so is shown even without anybody to send to, unless it is trouble that is looked for.
  if (!filter.trouble) for (const id of called) ends.add(id);
  return { nodes: nodes.filter(({ id }) => ends.has(id)), edges: kept };
}

/** All that can be reached along the edges, in the direction that `along` says, up to those that are the end of a way. */
function reached(
  from: readonly string[],
  last: ReadonlySet<string>,
  edges: readonly FlowEdge[],
  along: (edge: FlowEdge) => readonly [from: string, to: string],
): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const edge of edges) {
    const [start, end] = along(edge);
    next.set(start, [...(next.get(start) ?? []), end]);
  }
  const first = new Set(from);
  const found = new Set(from);
  for (const id of found) if (first.has(id) || !last.has(id)) for (const end of next.get(id) ?? []) found.add(end);
  return found;
}
