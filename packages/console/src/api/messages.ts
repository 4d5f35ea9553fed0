import { plainRequest } from '../logic/request-headers.ts';
import { jsonLines } from './json-lines.ts';
import { ApiProblem } from './problem.ts';
import { call, messagesPath, send, spacePath } from './request.ts';

/** A message as JSON (docs/http.md): what is sent, and what is read of it. */
export interface JsonMessage {
  readonly body?: unknown;
  readonly bodyEncoding?: 'json' | 'text' | 'base64';
  readonly contentType?: string;
  readonly subject?: string;
  readonly messageId?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A stored message, and how it is. */
export interface QueuedMessage {
  /** Its number in this queue, for life. */
  readonly sequence: number;
  readonly state: 'ready' | 'scheduled' | 'unsettled';
  /** Deliveries that failed. */
  readonly attempts: number;
  readonly redelivered: boolean;
  readonly sizeBytes: number;
  readonly storedAt: string;
  readonly expiresAt?: string;
  readonly dueAt?: string;
  readonly topic?: string;
  readonly bodyOmitted?: true;
  readonly malformed?: true;
  readonly message: JsonMessage;
}

/** Which of the stored messages are meant; what is undefined says nothing. */
export interface MessageSelection {
  readonly selector?: string | undefined;
  readonly state?: string | undefined;
  /** Of a topic: whose messages. */
  readonly subscription?: string | undefined;
  /** These numbers alone, up to `SEQUENCES_MAX`. */
  readonly sequences?: readonly number[] | undefined;
}

/** Messages that one operation may name by their numbers: what the server takes. */
export const SEQUENCES_MAX = 1_000;

export interface MessagePage {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly QueuedMessage[];
}

export interface Subscription {
  /** Absent: it is private to one consumer, and ends with it. */
  readonly name?: string;
  readonly durable: boolean;
  readonly shared: boolean;
  readonly pattern?: string;
  readonly selector?: string;
  readonly consumers: number;
  readonly stored: number;
  readonly storedBytes: number;
  readonly unsettled: number;
  readonly scheduled: number;
}

export async function listSubscriptions(space: string, topic: string, signal: AbortSignal): Promise<readonly Subscription[]> {
  return (await call<{ items: readonly Subscription[] }>(spacePath(space, 'addresses', topic, 'subscriptions'), { signal })).items;
}

/** Ends a named subscription with what waits in it, or forgets a named reader of a stream. `force`: also one that has consumers. */
export function endSubscription(space: string, address: string, name: string, force: boolean): Promise<void> {
  return call(spacePath(space, 'addresses', address, 'subscriptions', name), { method: 'DELETE', query: { force: force || undefined } });
}

/** A page of stored messages, which stay where they are. `from` is the `continue` of the page before. */
export function browseMessages(
  space: string,
  address: string,
  query: Omit<MessageSelection, 'sequences'> & { readonly from: string; readonly max: number },
  signal: AbortSignal,
): Promise<MessagePage> {
  return call(messagesPath(space, address), { query: { ...query }, signal });
}

interface BatchAnswer {
  readonly accepted: number;
  readonly refused: number;
  readonly outcomes: readonly { readonly status: number; readonly code?: string; readonly title?: string; readonly detail?: string }[];
}

/** Sends; what is refused is an `ApiProblem` that says how many were taken before. `wait` is for credit, such as `5s`. */
export async function sendMessages(space: string, address: string, messages: readonly JsonMessage[], wait: string): Promise<void> {
  const { accepted, outcomes } = await call<BatchAnswer>(messagesPath(space, address), {
    method: 'POST',
    query: { batch: 'json', wait },
    body: messages,
  });
  const refused = outcomes.find(({ status }) => status >= 300);
  if (!refused) return;
  const { status, code = `http-${status}`, title = 'The message was not taken', detail = title } = refused;
  throw new ApiProblem(status, code, title, accepted === 0 ? detail : `${accepted} of ${messages.length} were taken. ${detail}`);
}

/** Sends a request, and answers the reply to it. `wait` is for the reply, such as `10s`. */
export async function requestReply(space: string, address: string, message: JsonMessage, wait: string): Promise<JsonMessage> {
  const { headers, body } = plainRequest(message);
  const response = await send(messagesPath(space, address), { method: 'POST', query: { reply: wait }, headers, bytes: body });
  const contentType = response.headers.get('content-type') ?? undefined;
  return {
    address,
    ...(contentType !== undefined && { contentType }),
    body: await response.text(),
    bodyEncoding: 'text',
  };
}

/** How far an operation has come, or what it did. */
export interface OperationReport {
  /** Messages in the queue when it began. */
  readonly total: number;
  readonly examined: number;
  readonly matched: number;
  readonly done: number;
  /** Selected messages that were left: with a consumer, expired, or with nowhere to go. */
  readonly skipped: number;
  /** Of messages that were named by their numbers: those that are not there any more. */
  readonly gone?: readonly number[];
  readonly next: number;
}

interface OperationLine {
  readonly progress?: OperationReport;
  readonly result?: OperationReport;
  readonly problem?: { readonly code: string; readonly title: string; readonly detail: string };
}

export type OperationWord = 'count' | 'purge' | 'move' | 'copy' | 'replay';

export interface OperationOptions extends MessageSelection {
  readonly to?: string | undefined;
}

/** Does something with all messages that are meant, and tells how far it has come. Aborting it leaves the rest as it is. */
export async function runOperation(
  space: string,
  address: string,
  word: OperationWord,
  body: OperationOptions,
  onProgress: (report: OperationReport) => void,
  signal?: AbortSignal,
): Promise<OperationReport> {
  const response = await send(messagesPath(space, address, `:${word}`), { method: 'POST', body, ...(signal && { signal }) });
  for await (const { progress, result, problem } of jsonLines<OperationLine>(response)) {
    if (progress) onProgress(progress);
    if (problem) throw new ApiProblem(response.status, problem.code, problem.title, `${result?.done ?? 0} done. ${problem.detail}`);
    if (result) return result;
  }
  throw new ApiProblem(
    0,
    'no-answer',
    'The answer has no end',
    'The connection was lost: look at the messages to see how far it has come.',
  );
}
