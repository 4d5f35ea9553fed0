import { Readable } from 'node:stream';
import type { Change, Resource } from '@angarium/core';
import type { ChangeHistory } from './change-history.ts';
import { API_VERSION, type Document } from './document.ts';

/** Between two bookmarks, in milliseconds: they keep the connection known to be there, and the version at which to go on. */
const BOOKMARK_INTERVAL_MS = 30_000;

export interface WatchOptions {
  readonly history: ChangeHistory;
  readonly kind: string;
  /** Documents that are there, to begin with; absent: only changes are told. */
  readonly present?: Iterable<Resource>;
  /** The place in the history at which to go on. */
  readonly from: number;
  /** Bookmarks are wanted. */
  readonly bookmarks: boolean;
  /** The document is in the place and of the kind that is watched, selected, and may be seen. */
  readonly concerns: (resource: Resource) => boolean;
  /** Of its end, where `revision` is given. */
  readonly show: (resource: Resource, revision?: number) => Document;
}

const TYPES = { added: 'ADDED', modified: 'MODIFIED', deleted: 'DELETED' } as const;

/**
 * Changes of documents as lines of JSON, for as long as its reader reads: `{ type, object }`. It holds no changes itself but for the few that are on their way:
 * what its reader has not taken stays in the history, and a reader that is behind by more than that is told so, and has to begin anew.
 */
export class Watch extends Readable {
  readonly #options: WatchOptions;
  readonly #present: Iterator<Resource> | undefined;
  readonly #stopListening: () => void;
  readonly #ticking: NodeJS.Timeout | undefined;
  #place: number;
  #wanted = false;
  #waking = false;
  #greeted = false;
  #over = false;

  constructor(options: WatchOptions) {
    super();
    this.#options = options;
    this.#place = options.from;
    this.#present = options.present?.[Symbol.iterator]();
    this.#stopListening = options.history.listen(() => this.#wake());
    if (options.bookmarks) this.#ticking = setInterval(() => this.#bookmark(), BOOKMARK_INTERVAL_MS).unref();
  }

  override _read(): void {
    this.#wanted = true;
    this.#pump();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#over = true;
    clearInterval(this.#ticking);
    this.#stopListening();
    done(error);
  }

  /** Ends it: its time is over. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.push(null);
  }

  /** Ends it with words for its reader, who has to list and watch anew. */
  end(code: string, status: number, message: string): void {
    if (this.#over) return;
    this.#push('ERROR', { apiVersion: API_VERSION, kind: 'Status', status: 'Failure', reason: code, message, code: status });
    this.finish();
  }

  /** Changes of one turn go out together. */
  #wake(): void {
    if (this.#waking || this.#over) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#wanted && !this.#over) {
      const next = this.#present && !this.#greeted ? this.#present.next() : undefined;
      if (next && !next.done) this.#push('ADDED', this.#options.show(next.value));
      else if (!this.#greeted) {
        this.#greeted = true;
        if (this.#present) this.#bookmark();
      } else if (this.#place === this.#options.history.end) return;
      else this.#follow();
    }
  }

  #follow(): void {
    const change = this.#options.history.at(this.#place);
    if (change === undefined)
      return this.end(
        'version-gone',
        410,
        'More has changed than is remembered while this watch was not read: list the documents, and watch again.',
      );
    this.#place++;
    if (change.kind === this.#options.kind && this.#options.concerns(change.resource)) this.#tell(change);
  }

  #tell({ what, resource, revision }: Change): void {
    this.#push(TYPES[what], this.#options.show(resource, what === 'deleted' ? revision : undefined));
  }

  #bookmark(): void {
    // One that is behind would be told to go on after what it has not seen.
    if (!this.#options.bookmarks || !this.#greeted || this.#over || this.#place !== this.#options.history.end) return;
    const { kind, history } = this.#options;
    this.#push('BOOKMARK', { apiVersion: API_VERSION, kind, metadata: { resourceVersion: String(history.revision) } });
  }

  #push(type: string, object: object): void {
    this.#wanted = this.push(`${JSON.stringify({ type, object })}\n`);
  }
}
