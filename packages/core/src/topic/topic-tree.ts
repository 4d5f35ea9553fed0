import { LateMap } from '../late-map.ts';

/** How many levels a topic filter may have, so that no subscription takes more than a few kilobytes. */
export const TOPIC_FILTER_LEVELS_MAX = 200;

/** From here on a list of values has an index, so that taking one out does not look at all of them. */
const INDEXED_FROM = 16;

/** A set whose values can be visited without an iterator. The order is not kept. */
class Values<T> {
  readonly list: T[] = [];
  #places: Map<T, number> | undefined;

  add(value: T): boolean {
    if (this.#placeOf(value) >= 0) return false;
    this.#places?.set(value, this.list.length);
    this.list.push(value);
    if (this.#places === undefined && this.list.length === INDEXED_FROM) {
      this.#places = new Map(this.list.map((each, place) => [each, place]));
    }
    return true;
  }

  remove(value: T): boolean {
    const place = this.#placeOf(value);
    if (place < 0) return false;
    const last = this.list.pop()!;
    this.#places?.delete(value);
    if (place < this.list.length) {
      this.list[place] = last;
      this.#places?.set(last, place);
    }
    return true;
  }

  #placeOf(value: T): number {
    return this.#places === undefined ? this.list.indexOf(value) : (this.#places.get(value) ?? -1);
  }
}

/** One level of the filters with wildcards. */
class Node<T> {
  /** The next levels, by their text. */
  levels: Map<string, Node<T>> | undefined = undefined;
  /** The next level `+`. */
  plus: Node<T> | undefined = undefined;
  /** What was added with filters that end here. */
  here: Values<T> | undefined = undefined;
  /** What was added with filters that end with `#` on the next level. */
  hash: Values<T> | undefined = undefined;

  get empty(): boolean {
    return this.levels === undefined && this.plus === undefined && this.here === undefined && this.hash === undefined;
  }

  next(level: string): Node<T> | undefined {
    return level === '+' ? this.plus : this.levels?.get(level);
  }

  grow(level: string): Node<T> {
    const next = new Node<T>();
    if (level === '+') {
      this.plus = next;
    } else {
      this.levels ??= new Map();
      this.levels.set(level, next);
    }
    return next;
  }

  forget(level: string): void {
    if (level === '+') {
      this.plus = undefined;
    } else if (this.levels !== undefined) {
      this.levels.delete(level);
      if (this.levels.size === 0) this.levels = undefined;
    }
  }
}

/**
 * Values by topic filters (section 4.7), for finding those whose filter matches a name. Filters without wildcards are found with one
 * look at a table. The others are a tree with one step a level: a search goes the way of the level's text and the way of `+`, and sees each
 * node once at most, so that it never takes longer than the tree is large.
 *
 *     sport/+/score, sport/#    sport ─┬─ + ── score
 *                                      └─ #
 *
 * Filters are taken as correct (`refuseTopicFilter`), and shared ones have to be taken apart before.
 */
export class TopicTree<T> {
  readonly #exact = new LateMap<string, Values<T>>();
  readonly #root = new Node<T>();
  #size = 0;
  #nodes = 0;

  /** How many pairs of filter and value there are. */
  get size(): number {
    return this.#size;
  }

  /** How many nodes there are, of filters with and without wildcards, but for the root: what memory depends on. */
  get nodes(): number {
    return this.#exact.size + this.#nodes;
  }

  /** Answers false when this value was added with this filter before. */
  add(filter: string, value: T): boolean {
    const added = hasWildcard(filter) ? this.#addWild(filter, value) : this.#addExact(filter, value);
    if (added) this.#size++;
    return added;
  }

  /** Answers false when there is no such value with this filter. Leaves no empty nodes behind. */
  remove(filter: string, value: T): boolean {
    const removed = hasWildcard(filter) ? this.#removeWild(filter, value) : this.#removeExact(filter, value);
    if (removed) this.#size--;
    return removed;
  }

  /**
   * Visits the values whose filters match the name, in no order; one that has several such filters comes once for each. `visit` may
   * remove the value that it is given from the filter that matched, and may match again; it may not change the tree otherwise.
   */
  match(name: string, visit: (value: T) => void): void {
    const exact = this.#exact.get(name);
    if (exact !== undefined) visitAll(exact, visit);
    const root = this.#root;
    if (name.charCodeAt(0) !== DOLLAR) {
      matchFrom(root, name, 0, visit);
      return;
    }
    // [MQTT-4.7.2-1]: a first level that begins with $ is matched by its own text only.
    if (root.levels === undefined) return;
    const end = name.indexOf('/');
    const next = root.levels.get(end < 0 ? name : name.slice(0, end));
    if (next !== undefined) matchFrom(next, name, end < 0 ? -1 : end + 1, visit);
  }

  #addExact(filter: string, value: T): boolean {
    let values = this.#exact.get(filter);
    if (values === undefined) {
      values = new Values();
      this.#exact.set(filter, values);
    }
    return values.add(value);
  }

  #removeExact(filter: string, value: T): boolean {
    const values = this.#exact.get(filter);
    if (values === undefined || !values.remove(value)) return false;
    if (values.list.length === 0) this.#exact.delete(filter);
    return true;
  }

  #addWild(filter: string, value: T): boolean {
    const levels = filter.split('/');
    // A search is as deep as the tree, and shall not run out of stack.
    if (levels.length > TOPIC_FILTER_LEVELS_MAX) throw new RangeError(`${levels.length} levels are more than ${TOPIC_FILTER_LEVELS_MAX}`);
    const endsWithHash = levels.at(-1) === '#';
    if (endsWithHash) levels.pop();
    let node = this.#root;
    for (const level of levels) {
      const next = node.next(level);
      if (next === undefined) this.#nodes++;
      node = next ?? node.grow(level);
    }
    if (endsWithHash) {
      node.hash ??= new Values();
      return node.hash.add(value);
    }
    node.here ??= new Values();
    return node.here.add(value);
  }

  #removeWild(filter: string, value: T): boolean {
    const levels = filter.split('/');
    const endsWithHash = levels.at(-1) === '#';
    if (endsWithHash) levels.pop();
    const path = [this.#root];
    for (const level of levels) {
      const next = path.at(-1)!.next(level);
      if (next === undefined) return false;
      path.push(next);
    }
    const last = path.at(-1)!;
    const values = endsWithHash ? last.hash : last.here;
    if (values === undefined || !values.remove(value)) return false;
    if (values.list.length > 0) return true;
    if (endsWithHash) last.hash = undefined;
    else last.here = undefined;
    for (let depth = levels.length; depth > 0 && path[depth]!.empty; depth--) {
      path[depth - 1]!.forget(levels[depth - 1]!);
      this.#nodes--;
    }
    return true;
  }
}

const DOLLAR = 0x24;

/** Whether the filter matches more than the name that it is. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.endsWith('#');
}

/** The level of the name that begins at `at` is the next one to be found below `node`; -1: there is none left. */
function matchFrom<T>(node: Node<T>, name: string, at: number, visit: (value: T) => void): void {
  // A # also stands for no level at all: sport/# matches sport.
  if (node.hash !== undefined) visitAll(node.hash, visit);
  if (at < 0) {
    if (node.here !== undefined) visitAll(node.here, visit);
    return;
  }
  const { levels, plus } = node;
  if (levels === undefined && plus === undefined) return;
  const end = name.indexOf('/', at);
  const after = end < 0 ? -1 : end + 1;
  if (levels !== undefined) {
    const next = levels.get(end < 0 ? name.slice(at) : name.slice(at, end));
    if (next !== undefined) matchFrom(next, name, after, visit);
  }
  if (plus !== undefined) matchFrom(plus, name, after, visit);
}

/** From the last to the first, so that `visit` may remove what it is given: the last value takes its place, and that was visited. */
function visitAll<T>(values: Values<T>, visit: (value: T) => void): void {
  const { list } = values;
  for (let place = list.length - 1; place >= 0; place--) visit(list[place]!);
}
