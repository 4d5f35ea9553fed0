import { ApiClient } from '../api-client.ts';
import { confirm } from '../confirm.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson, remark } from '../output.ts';
import { ProgressLine } from '../progress-line.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface Selection extends TargetOptions {
  readonly json?: boolean;
  readonly selector?: string;
  readonly state?: string;
  readonly subscription?: string;
  readonly from?: number;
  readonly max?: number;
  /** Of each message that is meant. */
  readonly number?: readonly number[];
}

interface QueuedMessage {
  readonly sequence: number;
  readonly state: string;
  readonly attempts: number;
  readonly sizeBytes: number;
  readonly storedAt: string;
  readonly message: { readonly body?: unknown; readonly bodyEncoding?: string; readonly properties?: Readonly<Record<string, unknown>> };
}

interface Report {
  readonly total: number;
  readonly examined: number;
  readonly matched: number;
  readonly done: number;
  readonly skipped: number;
}

interface Line {
  readonly progress?: Report;
  readonly result?: Report;
  readonly problem?: { readonly code: string; readonly detail: string };
}

/** Messages of one page of the API. */
const PAGE_MAX = 1000;
/** Characters of a cell that are shown. */
const CELL_LENGTH_MAX = 40;

export async function browseQueue(address: string, options: Selection & { readonly max: number }): Promise<void> {
  const messages = await messagesOf(address, options);
  if (options.json) return printJson(messages);
  if (messages.length === 0) throw new CommandError('nothing', `There are no such messages in ${address}.`);
  const rows = messages.map(({ sequence, state, attempts, storedAt, sizeBytes, message }) => [
    sequence,
    state,
    attempts,
    storedAt,
    sizeBytes,
    cell(
      Object.entries(message.properties ?? {})
        .map(([key, value]) => `${key}=${textOf(value)}`)
        .join(' '),
    ),
    cell(textOf(message.body)),
  ]);
  print(formatTable(['number', 'state', 'attempts', 'stored', 'bytes', 'properties', 'body'], rows));
  if (messages.length === options.max) remark(`There may be more: --from ${messages.at(-1)!.sequence + 1}, or --max.`);
}

/** The bodies, one a line: what `receive` would print, and leaves them. */
export async function peekQueue(address: string, options: Selection & { readonly max: number }): Promise<void> {
  const messages = await messagesOf(address, options);
  if (messages.length === 0) throw new CommandError('nothing', `There are no such messages in ${address}.`);
  for (const message of messages) {
    if (options.json) printJson(message);
    else print(textOf(message.message.body));
  }
}

async function messagesOf(address: string, options: Selection & { readonly max: number }): Promise<QueuedMessage[]> {
  const api = new ApiClient(await resolveTarget(options));
  const { selector, state, subscription, from, max } = options;
  const messages: QueuedMessage[] = [];
  let next = from;
  do {
    const query = new URLSearchParams({ max: String(Math.min(PAGE_MAX, max - messages.length)) });
    for (const [key, value] of Object.entries({ selector, state, subscription, from: next }))
      if (value !== undefined) query.set(key, String(value));
    const page = await api.get<{ metadata: { continue?: string }; items: QueuedMessage[] }>(
      `${api.addressPath(address)}/messages?${query}`,
    );
    messages.push(...page.items);
    next = page.metadata.continue === undefined ? undefined : Number(page.metadata.continue);
  } while (next !== undefined && messages.length < max);
  return messages;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function cell(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > CELL_LENGTH_MAX ? `${line.slice(0, CELL_LENGTH_MAX - 1)}…` : line;
}

// ---- operations

export async function countQueue(address: string, options: Selection): Promise<void> {
  const report = await operate(address, 'count', options, 'counted');
  if (options.json) printJson(report);
  else print(String(report.matched));
}

export async function purgeQueue(address: string, options: Selection & { readonly yes?: boolean }): Promise<void> {
  if (!options.yes) await confirm(`Remove ${selectsSome(options) ? 'the selected messages' : 'all messages'} of ${address} for good?`);
  await say(address, 'purge', options, 'removed');
}

export async function moveQueue(address: string, to: string, options: Selection): Promise<void> {
  await say(address, 'move', { ...options, to }, 'moved');
}

export async function copyQueue(address: string, to: string, options: Selection): Promise<void> {
  await say(address, 'copy', { ...options, to }, 'copied');
}

export async function replayQueue(address: string, options: Selection & { readonly to?: string }): Promise<void> {
  await say(address, 'replay', options, 'sent back');
}

function selectsSome({ selector, state, from, max, number }: Selection): boolean {
  return [selector, state, from, max, number].some(each => each !== undefined);
}

/** Removes messages by their numbers. */
export async function cancelMessages(address: string, numbers: readonly string[], options: Selection): Promise<void> {
  const api = new ApiClient(await resolveTarget(options));
  const query = options.subscription === undefined ? '' : `?subscription=${encodeURIComponent(options.subscription)}`;
  for (const number of numbers) {
    await api.delete(`${api.addressPath(address)}/messages/${encodeURIComponent(number)}${query}`);
    if (options.json) printJson({ cancelled: Number(number) });
    else print(`message ${number} of ${address} removed`);
  }
}

async function say(address: string, word: string, options: Selection & { readonly to?: string }, done: string): Promise<void> {
  const report = await operate(address, word, options, done);
  if (options.json) return printJson(report);
  const left = report.skipped > 0 ? `, ${counted(report.skipped)} left` : '';
  print(`${counted(report.done)} ${done}${left}`);
}

function counted(messages: number): string {
  return `${messages.toLocaleString('en')} message${messages === 1 ? '' : 's'}`;
}

/** Does it, shows how far it has come, and answers what was done; when that is not all, the rest is an error of its own. */
async function operate(address: string, word: string, options: Selection & { readonly to?: string }, done: string): Promise<Report> {
  const api = new ApiClient(await resolveTarget(options));
  const { selector, state, subscription, from, max, number: sequences, to } = options;
  using line = new ProgressLine();
  for await (const { progress, result, problem } of api.lines<Line>('POST', `${api.addressPath(address)}/messages:${word}`, {
    selector,
    state,
    subscription,
    from,
    max,
    sequences,
    to,
  })) {
    if (progress)
      line.show(
        `${progress.examined.toLocaleString('en')} of ${progress.total.toLocaleString('en')} looked at, ${progress.done.toLocaleString('en')} ${done}`,
      );
    if (!result) continue;
    line.clear();
    if (problem)
      throw new CommandError(
        'failed',
        `${counted(result.done)} ${done}, ${counted(result.skipped)} left: ${problem.detail} (${problem.code})`,
      );
    return result;
  }
  throw new CommandError('unreachable', 'The server ended before the work was done; do it again for the rest.');
}
