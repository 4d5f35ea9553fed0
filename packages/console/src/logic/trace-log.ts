import { commandLine } from './command-line.ts';
import { Versioned } from './versioned.ts';

export type TraceStepName =
  | 'watching'
  | 'arrived'
  | 'refused'
  | 'routed'
  | 'matched'
  | 'skipped'
  | 'unrouted'
  | 'stored'
  | 'waiting'
  | 'delivered'
  | 'settled'
  | 'expired'
  | 'dead-lettered'
  | 'dropped'
  | 'end';

/** Something that happened to a message (`POST …/trace`). */
export interface TraceLine {
  readonly atMs: number;
  /** The trace's own number of the message, from 1; 0: it is about none. */
  readonly message: number;
  readonly step: TraceStepName;
  readonly address: string;
  readonly sequence?: number;
  readonly peer?: { readonly protocol: string; readonly name: string; readonly user?: string; readonly from?: string };
  readonly outcome?: string;
  /** All that is known of the message but its body, where it arrives. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly words: string;
}

/** What somebody wants to follow. */
export interface TraceWish {
  readonly address: string;
  readonly count?: number;
  readonly selector?: string;
  readonly seconds?: number;
  /** One that is stored. */
  readonly sequence?: number;
  /** Of a topic: whose message. */
  readonly subscription?: string;
}

export interface TracedMessage {
  readonly number: number;
  readonly steps: readonly TraceLine[];
}

/** How a step looks: good where the message got on, bad where it did not, and so what is between. */
export type StepTone = 'good' | 'bad' | 'waits' | 'plain';

const BAD: ReadonlySet<TraceStepName> = new Set(['refused', 'unrouted', 'expired', 'dead-lettered', 'dropped']);

export function toneOf({ step, outcome }: TraceLine): StepTone {
  if (BAD.has(step)) return 'bad';
  if (step === 'waiting') return 'waits';
  if (step === 'settled') return outcome === 'accepted' ? 'good' : 'bad';
  return step === 'delivered' ? 'good' : 'plain';
}

/** The step that says what became of a message: where it did not get on, otherwise how far it has come. */
export function verdictOf({ steps }: TracedMessage): TraceLine {
  return steps.findLast(({ step }) => BAD.has(step)) ?? steps.findLast(step => toneOf(step) !== 'plain') ?? steps.at(-1)!;
}

/** The words of a step as a sentence of their own. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}

/** What a trace has told, message by message. */
export class TraceLog extends Versioned {
  /** What is said of no single message: how the address is. */
  remarks: readonly TraceLine[] = [];
  /** Why the trace is over; `undefined` as long as it is not. */
  end: string | undefined;
  readonly #messages = new Map<number, TracedMessage>();

  /** In the order in which they came. */
  get messages(): readonly TracedMessage[] {
    return [...this.#messages.values()];
  }

  take(line: TraceLine): void {
    if (line.step === 'end') this.end = line.words;
    else if (line.message === 0) this.remarks = [...this.remarks, line];
    else this.#messages.set(line.message, { number: line.message, steps: [...(this.#messages.get(line.message)?.steps ?? []), line] });
    this.changed();
  }

  /** It is over without the server's having said so. */
  stop(words: string): void {
    this.end ??= words;
    this.changed();
  }
}

/** What people know a message by: `id m1, colour=red`. */
export function nameOf({ steps }: TracedMessage): string {
  const facts = steps.find(step => step.facts)?.facts ?? {};
  const { messageId, correlationId, subject, topic, properties = {} } = facts;
  const named = Object.entries({ topic, id: messageId, 'correlation id': correlationId, subject }).filter(
    ([, value]) => value !== undefined,
  );
  return [
    ...named.map(([name, value]) => `${name} ${textOf(value)}`),
    ...Object.entries(properties as object).map(([name, value]) => `${name}=${textOf(value)}`),
  ].join(', ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The command that tells the same. */
export function traceCommand({ address, count, selector, seconds, sequence, subscription }: TraceWish, space: string): string {
  return commandLine(['trace', address || 'ADDRESS'], {
    count: count === 1 ? undefined : count,
    selector,
    sequence,
    subscription,
    for: seconds === undefined ? undefined : `${seconds}s`,
    space,
  });
}
