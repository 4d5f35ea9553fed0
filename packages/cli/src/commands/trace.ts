import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { printJson, remark } from '../output.ts';
import { TableLines } from '../table-lines.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Options extends TargetOptions {
  readonly count: number;
  readonly selector?: string;
  readonly sequence?: number;
  readonly subscription?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly json?: boolean;
}

/** Something that happened to a message (docs/reference/openapi.json, `TraceLine`). */
interface Line {
  readonly atMs: number;
  readonly message: number;
  readonly step: string;
  readonly words: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** How wide columns are at least. */
const COLUMNS = { time: 12, message: 7, step: 13, what: 0 } as const;

/** Prints what happens to messages as it happens, one line a step. */
export async function trace(address: string, options: Options): Promise<void> {
  const { count, selector, sequence, subscription, for: forMs, json } = options;
  const seconds = forMs === undefined ? undefined : Math.ceil(forMs / 1000);
  const api = new ApiClient(await resolveTarget(options));
  const table = new TableLines(COLUMNS);
  let traced = 0;
  const wish = { count, selector, sequence, subscription, seconds };
  for await (const line of api.lines<Line>('POST', `${api.addressPath(address)}/trace`, wish)) {
    traced = Math.max(traced, line.message);
    if (json) printJson(line);
    else if (line.step !== 'end') table.print(rowOf(line));
    if (line.step !== 'end') continue;
    if (traced === 0) throw new CommandError('nothing', line.words);
    if (!json) remark(line.words);
    return;
  }
  throw new CommandError('unreachable', 'The server has ended the trace: it may be stopping.');
}

function rowOf({ atMs, message, step, words, facts }: Line): Readonly<Record<keyof typeof COLUMNS, string>> {
  return {
    time: new Date(atMs).toISOString().slice(11, 23),
    message: message === 0 ? '' : String(message),
    step,
    what: [words, ...(facts ? factsOf(facts) : [])].join(' · '),
  };
}

/** What people know a message by. */
function factsOf({ messageId, correlationId, subject, properties = {} }: Readonly<Record<string, unknown>>): string[] {
  const named = Object.entries({ id: messageId, 'correlation id': correlationId, subject }).filter(([, value]) => value !== undefined);
  const own = Object.entries(properties as object).map(([key, value]) => `${key}=${textOf(value)}`);
  return [...named.map(([name, value]) => `${name} ${textOf(value)}`), ...own];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
