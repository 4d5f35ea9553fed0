import type { Turn } from '../turn.ts';
import type { Described, Metadata, Resource } from './metadata.ts';

/** A change of a declared document. */
export interface Change {
  readonly what: 'added' | 'modified' | 'deleted';
  readonly kind: string;
  /** Empty: of no address space. */
  readonly space: string;
  readonly name: string;
  readonly revision: number;
  /** As it is from now on, or was until now. */
  readonly resource: Resource;
}

/**
 * Numbers the changes of all declared documents, so that a client can tell whether it has seen the last one, and tells them to who listens.
 * Numbers go on from the clock at a start: those of deletions are not kept, and no number is ever given twice.
 */
export class Revisions {
  readonly #turn: Turn;
  readonly #listeners = new Set<(change: Change) => void>();
  #last = 0;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Of the last change. */
  get last(): number {
    return this.#last;
  }

  /** A document of this revision was found in the log. */
  restored(revision: number): void {
    if (revision > this.#last) this.#last = revision;
  }

  started(): void {
    this.restored(Math.floor(this.#turn.nowMs));
  }

  /** Metadata of a change of what is declared, of what stands beside it, or of both. */
  next(before: Metadata | undefined, described: Described, respecified: boolean): Metadata {
    this.#last++;
    const { labels, annotations, finalizers, deletedMs } = described;
    return {
      revision: this.#last,
      createdMs: before?.createdMs ?? Math.floor(this.#turn.nowMs),
      generation: (before?.generation ?? 0) + (respecified ? 1 : 0),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ...(deletedMs !== undefined && { deletedMs }),
    };
  }

  /** Tells a change; a deletion has a revision of its own. */
  tell(what: Change['what'], resource: Resource): void {
    if (what === 'deleted') this.#last++;
    if (this.#listeners.size === 0) return;
    const { kind, space, name } = resource;
    const change: Change = { what, kind, space, name, revision: this.#last, resource };
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** Calls `listener` for each change, when it is in force and before it is on disk, until the answer is called. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
