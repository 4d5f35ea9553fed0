import type { FlowEdge, FlowNode, FlowPicture } from './flow-picture.ts';

/** Pixels of a node, and of the room between nodes. */
export const BOX_WIDTH = 168;
export const BOX_HEIGHT = 52;
const GAP_Y = 12;
const GAP_X = 76;
/** Of lines that pass by a column. */
const LANE_HEIGHT = 8;
/** How often the order of columns is improved by what they lead to. */
const SWEEPS = 6;

export interface FlowBox {
  /** Clients that send and receive are drawn at both ends: the key tells them apart. */
  readonly key: string;
  readonly node: FlowNode;
  readonly x: number;
  readonly y: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface FlowLine {
  readonly key: string;
  readonly edge: FlowEdge;
  /** As the `d` of an SVG path has it. */
  readonly path: string;
  /** Where a label stands: in the middle of its first part. */
  readonly label: Point;
}

export interface FlowLayout {
  readonly boxes: readonly FlowBox[];
  readonly lines: readonly FlowLine[];
  readonly width: number;
  readonly height: number;
}

/** Something that takes up room in a column: a node, or a lane of lines that go on to a later one. */
interface Placed {
  readonly key: string;
  readonly node: FlowNode | undefined;
  readonly column: number;
  readonly height: number;
  /** Of its middle, from the top, as a share of the column. */
  middle: number;
  y: number;
}

/** A line with the keys of all that it goes through. */
interface Way {
  readonly edge: FlowEdge;
  readonly keys: readonly string[];
}

/**
 * Messages go from left to right:
 *
 *     senders → addresses → addresses that those lead to → … → receivers
 *
 * Lines that pass a column by have a lane in it, so that they cross no box. Each column is put into the order of what it is connected with, so that few
 * lines cross.
 */
export function layFlow({ nodes, edges }: Pick<FlowPicture, 'nodes' | 'edges'>): FlowLayout {
  const placed = new Map<string, Placed>();
  const ways = place(nodes, edges, placed);
  const columns = columnsOf([...placed.values()]);
  putInOrder(columns, placed, ways);
  const height = Math.max(0, ...columns.map(heightOf));
  const x = new Map<string, number>();
  columns.forEach((column, at) => {
    // Short columns are spread over the height of the longest, beside what they are connected with.
    const more = (height - heightOf(column)) / column.length;
    let y = more / 2;
    for (const each of column) {
      x.set(each.key, at * (BOX_WIDTH + GAP_X));
      each.y = y;
      y += each.height + GAP_Y + more;
    }
  });
  const boxes = [...placed.values()].flatMap(({ key, node, y }) => (node ? [{ key, node, x: x.get(key)!, y }] : []));
  const lines = ways.map(({ edge, keys }) =>
    lineOf(
      edge,
      keys.map(key => ({ x: x.get(key)!, y: placed.get(key)!.y + placed.get(key)!.height / 2 })),
    ),
  );
  return { boxes, lines, width: Math.max(0, columns.length * (BOX_WIDTH + GAP_X) - GAP_X), height };
}

/** Gives each node its column, and each line its lanes. */
function place(nodes: readonly FlowNode[], edges: readonly FlowEdge[], placed: Map<string, Placed>): readonly Way[] {
  const put = (key: string, node: FlowNode | undefined, column: number): void => {
    if (!placed.has(key)) placed.set(key, { key, node, column, height: node ? BOX_HEIGHT : LANE_HEIGHT, middle: 0, y: 0 });
  };
  const addresses = new Map(nodes.filter(({ kind }) => kind === 'address').map(node => [node.id, node]));
  const others = new Map(nodes.filter(({ kind }) => kind !== 'address').map(node => [node.id, node]));
  const depths = depthsOf(addresses, edges);
  for (const node of addresses.values()) put(node.id, node, 1 + depths.get(node.id)!);
  const last = Math.max(0, ...depths.values()) + 2;
  const ways = edges.map(edge => {
    const sender = others.get(edge.from);
    const receiver = others.get(edge.to);
    const from = sender ? `${edge.from}>` : edge.from;
    const to = receiver ? `>${edge.to}` : edge.to;
    if (sender) put(from, sender, 0);
    if (receiver) put(to, receiver, last);
    const keys = [from];
    for (let column = placed.get(from)!.column + 1; column < placed.get(to)!.column; column++) {
      // Lines of one address share a lane.
      const lane = `${column} ${edge.kind} ${sender ? to : from}`;
      put(lane, undefined, column);
      keys.push(lane);
    }
    keys.push(to);
    return { edge, keys };
  });
  // Who is connected, and neither sends nor receives, stands where it would send.
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
  for (const node of others.values()) if (!ends.has(node.id)) put(`${node.id}>`, node, 0);
  return ways;
}

/** How many addresses messages may have come through before each. Where addresses lead to each other in a circle, it is cut somewhere. */
function depthsOf(addresses: ReadonlyMap<string, FlowNode>, edges: readonly FlowEdge[]): ReadonlyMap<string, number> {
  const before = new Map<string, string[]>();
  for (const { from, to } of edges) if (addresses.has(from) && addresses.has(to) && from !== to) add(before, to, from);
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depth = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    open.add(id);
    let found = 0;
    for (const from of before.get(id) ?? []) if (!open.has(from)) found = Math.max(found, depth(from) + 1);
    open.delete(id);
    depths.set(id, found);
    return found;
  };
  for (const id of addresses.keys()) depth(id);
  return depths;
}

/** From left to right, without columns that nothing stands in; by name, as long as nothing else is known. */
function columnsOf(placed: readonly Placed[]): Placed[][] {
  const columns = new Map<number, Placed[]>();
  for (const each of placed) add(columns, each.column, each);
  const ordered = [...columns].sort(([one], [other]) => one - other).map(([, column]) => column);
  for (const column of ordered) number(column.sort(byName));
  return ordered;
}

function heightOf(column: readonly Placed[]): number {
  return column.reduce((sum, { height }) => sum + height + GAP_Y, -GAP_Y);
}

/** Moves each beside the middle of what it is connected with, column by column, to and fro. */
function putInOrder(columns: readonly Placed[][], placed: ReadonlyMap<string, Placed>, ways: readonly Way[]): void {
  const connected = new Map<Placed, Placed[]>();
  for (const { keys } of ways)
    for (let at = 1; at < keys.length; at++) {
      const [one, other] = [placed.get(keys[at - 1]!)!, placed.get(keys[at]!)!];
      add(connected, one, other);
      add(connected, other, one);
    }
  const middleOf = (each: Placed): number => {
    const of = connected.get(each);
    return of ? of.reduce((sum, { middle }) => sum + middle, 0) / of.length : each.middle;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) {
      const middles = new Map(column.map(each => [each, middleOf(each)]));
      number(column.sort((one, other) => middles.get(one)! - middles.get(other)! || byName(one, other)));
    }
}

/** Columns are of different lengths: what counts is how far down something stands. */
function number(column: readonly Placed[]): void {
  column.forEach((each, at) => {
    each.middle = (at + 0.5) / column.length;
  });
}

function byName(one: Placed, other: Placed): number {
  const [name, otherName] = [one.node?.name ?? one.key, other.node?.name ?? other.key];
  return name < otherName ? -1 : name > otherName ? 1 : 0;
}

function add<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** From the right end of the first to the left end of the last, through the lanes between. */
function lineOf(edge: FlowEdge, points: readonly Point[]): FlowLine {
  let path = '';
  for (let at = 1; at < points.length; at++) {
    const from = { x: points[at - 1]!.x + BOX_WIDTH, y: points[at - 1]!.y };
    const to = points[at]!;
    const bend = Math.max(GAP_X / 2, Math.abs(to.x - from.x) / 2);
    path += at === 1 ? `M${from.x},${from.y} ` : `H${from.x} `;
    path += `C${from.x + bend},${from.y} ${to.x - bend},${to.y} ${to.x},${to.y} `;
  }
  const [first, second] = points;
  return {
    key: `${edge.kind} ${edge.from} ${edge.to}`,
    edge,
    path: path.trim(),
    label: { x: (first!.x + BOX_WIDTH + second!.x) / 2, y: (first!.y + second!.y) / 2 },
  };
}
