/** Sequence numbers, smallest first: entries that came back to a queue, each to its old place before all that were never delivered. */
export class SequenceHeap {
  #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): number {
    return this.#items[0]!;
  }

  /** Drops all others, and what is there twice. */
  keep(wanted: (sequence: number) => boolean): void {
    // Sorted is a heap, too.
    this.#items = [...new Set(this.#items)].filter(wanted).sort((one, other) => one - other);
  }

  push(sequence: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(sequence);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= sequence) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = sequence;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0]!;
    const last = items.pop()!;
    const size = items.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
