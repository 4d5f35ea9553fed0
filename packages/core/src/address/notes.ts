import { LateMap } from '../late-map.ts';
import type { Shard } from '../store/shard.ts';
import type { Details } from '../topic/inbox.ts';
import type { NoteDefinition } from './definition.ts';

/** What heads keep by name in a space, over a restart: wills, webhooks. */
export class Notes {
  readonly #space: string;
  readonly #shard: Shard;
  readonly #notes = new LateMap<string, { readonly id: number; readonly details: Details }>();

  constructor(space: string, shard: Shard) {
    this.#space = space;
    this.#shard = shard;
  }

  get all(): ReadonlyMap<string, { readonly details: Details }> {
    return this.#notes;
  }

  put(name: string, details: Details): void {
    const id = this.#notes.get(name)?.id ?? this.#shard.newId();
    this.#shard.define({ id, kind: 'note', space: this.#space, name, details });
    this.#notes.set(name, { id, details });
  }

  remove(name: string): void {
    const note = this.#notes.get(name);
    if (!note) return;
    this.#notes.delete(name);
    this.#shard.remove(note.id);
  }

  restore({ id, name, details }: NoteDefinition): void {
    this.#notes.set(name, { id, details });
  }
}
