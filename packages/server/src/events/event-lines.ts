import { Readable } from 'node:stream';
import type { EventHistory } from './event-history.ts';
import { eventOf, type ServerEvent } from './server-event.ts';

/** Between two signs of life to a reader, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** Whom events are told to. */
export interface EventAudience {
  concerns(event: ServerEvent): boolean;
  /** He hears of this address space alone. */
  readonly addressSpace: string | undefined;
}

const OVERTAKEN = 'More has happened since the last event that you have seen than is remembered.';
const STARTED_ANEW =
  'The server was started anew, and has nothing left of before: what happened after the last event that you have seen, and before its start, is not known.';

/**
 * Events as a stream: those from a place on, and those that come. The reader is at a place of the history, and nothing waits for him but what he has asked for: one who is slow is told where he was
 * overtaken, and goes on from there.
 */
export class EventLines extends Readable {
  readonly #events: EventHistory;
  readonly #audience: EventAudience;
  readonly #stopListening: () => void;
  readonly #beating: NodeJS.Timeout;
  #place: number;
  #wanted = false;
  #over = false;

  /** `place`: where to begin; undefined: the reader has seen events of before that are gone. */
  constructor(events: EventHistory, audience: EventAudience, place: number | undefined) {
    super();
    this.#events = events;
    this.#audience = audience;
    this.#place = place ?? events.oldest;
    this.#stopListening = events.listen(() => this.#tell());
    this.#beating = setInterval(() => this.push(':\n\n'), HEARTBEAT_MS).unref();
    // A comment at once: who follows shall know that he is heard, although nothing may happen for long.
    this.push(':\n\n');
    if (place === undefined) this.push(this.#gap(STARTED_ANEW));
  }

  override _read(): void {
    this.#wanted = true;
    this.#tell();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#end();
    done(error);
  }

  /** There is nothing more for him. */
  finish(): void {
    if (this.#over) return;
    this.#end();
    this.push(null);
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#beating);
    this.#stopListening();
  }

  #tell(): void {
    const events = this.#events;
    while (this.#wanted && !this.#over && this.#place < events.next) {
      const overtaken = this.#place < events.oldest;
      const missed = overtaken && events.hasForgotten(this.#place, this.#audience.addressSpace);
      if (overtaken) this.#place = events.oldest;
      if (missed) this.#wanted = this.push(this.#gap(OVERTAKEN));
      const event = events.at(this.#place++)!;
      if (this.#audience.concerns(event)) this.#wanted = this.push(lineOf(event));
    }
  }

  #gap(note: string): string {
    const happening = { reason: 'EventsLeftOut', regarding: { kind: 'Server', name: '' }, note } as const;
    return lineOf(eventOf(happening, this.#events.idOf(this.#events.oldest - 1), Date.now()));
  }
}

function lineOf(event: ServerEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}
