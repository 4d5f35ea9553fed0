import type { Shard } from '../store/shard.ts';
import type { Details } from '../topic/inbox.ts';
import type { NoteDefinition } from './definition.ts';

interface Note {
  readonly id: number;
  readonly details: Details;
}

/** What heads keep by name in an address space, over a restart. */
export class SpaceNotes {
  readonly #space: string;
  readonly #shard: Shard;
  readonly #named = new Map<string, Note>();

  constructor(space: string, shard: Shard) {
    this.#space = space;
    this.#shard = shard;
  }

  get size(): number {
    return this.#named.size;
  }

  has(name: string): boolean {
    return this.#named.has(name);
  }

  get(name: string): { readonly details: Details } | undefined {
    return this.#named.get(name);
  }

  keys(): IterableIterator<string> {
    return this.#named.keys();
  }

  values(): IterableIterator<{ readonly details: Details }> {
    return this.#named.values();
  }

  [Symbol.iterator](): IterableIterator<[string, { readonly details: Details }]> {
    return this.#named.entries();
  }

  put(name: string, details: Details): void {
    const id = this.#named.get(name)?.id ?? this.#shard.newId();
    this.#shard.define({ id, kind: 'note', space: this.#space, name, details });
    this.#named.set(name, { id, details });
  }

  remove(name: string): void {
    const note = this.#named.get(name);
    if (!note) return;
    this.#named.delete(name);
    this.#shard.remove(note.id);
  }

  restore({ id, name, details }: NoteDefinition): void {
    this.#named.set(name, { id, details });
  }
}
