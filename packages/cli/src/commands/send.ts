import { readFile } from 'node:fs/promises';
import type { Message, Sender } from 'rhea';
import { conditionWords, StallTimer, withAmqp } from '../amqp-session.ts';
import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import type { SentProperties } from '../option-types.ts';
import { print, printJson } from '../output.ts';
import { requireAddress } from '../require-address.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

interface SendOptions extends TargetOptions {
  readonly json?: boolean;
  readonly file?: string;
  readonly count: number;
  readonly property: SentProperties;
  readonly contentType?: string;
  /** Milliseconds. */
  readonly ttl?: number;
  readonly priority?: number;
  /** Milliseconds. */
  readonly delay?: number;
  readonly group?: string;
  readonly messageId?: string;
  readonly durable: boolean;
  readonly type?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What became of what was sent: deliveries by outcome. */
interface Outcomes {
  sent: number;
  accepted: number;
  rejected: number;
  released: number;
  modified: number;
}

export async function send(address: string, text: string | undefined, options: SendOptions): Promise<void> {
  if (text !== undefined && options.file !== undefined) throw new CommandError('usage', 'Give a body or --file, not both.');
  const target = await resolveTarget(options);
  const api = new ApiClient(target);
  const endpoint = await api.amqpEndpoint();
  const known = await requireAddress(api, address, options.type);
  const message = await messageOf(text, options);
  const outcomes: Outcomes = { sent: 0, accepted: 0, rejected: 0, released: 0, modified: 0 };
  let refusal: string | undefined;

  await withAmqp(target, endpoint, session => {
    const { connection } = session;
    const sender: Sender = connection.open_sender({ target: { address, ...(options.type && { capabilities: [`${options.type}`] }) } });
    const stalled = (): void => {
      if (options.json) printJson({ address, ...outcomes });
      session.fail(
        new CommandError('nothing', stallWords(address, known?.spec.type ?? options.type, options.timeout, options.count, outcomes)),
      );
    };
    const stall = new StallTimer(options.timeout, stalled);
    const settle = (outcome: 'accepted' | 'rejected' | 'released' | 'modified', why?: string): void => {
      stall.moved();
      outcomes[outcome]++;
      refusal ??= why;
      if (outcomes.accepted + outcomes.rejected + outcomes.released + outcomes.modified < options.count) return;
      stall.stop();
      session.done();
    };
    connection.on('sendable', () => {
      while (outcomes.sent < options.count && sender.sendable()) {
        sender.send(message);
        outcomes.sent++;
        stall.moved();
      }
    });
    connection.on('accepted', () => settle('accepted'));
    connection.on('rejected', context =>
      settle(
        'rejected',
        `rejected: ${conditionWords((context.delivery?.remote_state as { error?: { condition?: string; description?: string } } | undefined)?.error)}`,
      ),
    );
    connection.on('released', () => settle('released', 'released: nobody took it'));
    connection.on('modified', () => settle('modified', 'given back by the consumer'));
    connection.on('sender_error', () => {
      stall.stop();
      session.fail(new CommandError('failed', `The server refuses to take messages for ${address}: ${conditionWords(sender.error)}`));
    });
  });

  if (options.json) printJson({ address, ...outcomes, ...(refusal !== undefined && { refusal }) });
  else if (outcomes.accepted > 0) print(`${counted(outcomes.accepted)} sent to ${address}`);
  const failed = options.count - outcomes.accepted;
  if (failed > 0) throw new CommandError('failed', `${counted(failed)} not accepted by ${address}: ${refusal ?? 'no reason given'}`);
}

async function messageOf(text: string | undefined, options: SendOptions): Promise<Message> {
  const { default: rhea } = await import('rhea');
  const bytes = options.file !== undefined ? await contents(options.file) : text === undefined ? await standardInput() : undefined;
  // A text without a content type is an AMQP string, which every client shows as text; anything else is bytes as they are.
  const body =
    bytes === undefined && options.contentType === undefined ? text : rhea.message.data_section(bytes ?? Buffer.from(text!, 'utf8'));
  const properties = Object.keys(options.property).length === 0 ? {} : { application_properties: { ...options.property } };
  return {
    body,
    durable: options.durable,
    ...properties,
    ...(options.contentType !== undefined && { content_type: options.contentType }),
    ...(options.ttl !== undefined && { ttl: options.ttl }),
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(options.delay !== undefined && { message_annotations: { 'x-opt-delivery-delay': rhea.types.wrap_long(options.delay) } }),
    ...(options.group !== undefined && { group_id: options.group }),
    ...(options.messageId !== undefined && { message_id: options.messageId }),
  };
}

async function contents(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CommandError('failed', `The file ${file} cannot be read: ${(error as Error).message}`, error);
  }
}

async function standardInput(): Promise<Buffer> {
  if (process.stdin.isTTY) throw new CommandError('usage', 'Nothing to send: give a body, --file, or something on standard input.');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function stallWords(address: string, type: string | undefined, timeoutMs: number, count: number, { sent, accepted }: Outcomes): string {
  const stored = type === 'queue' || type === 'topic' || type === 'stream';
  const why = stored
    ? 'it is full, or the disk of the server takes nothing (angarium address get shows what it holds)'
    : 'nobody receives from it, and nothing is stored there';
  const progress = sent === 0 ? 'took no message' : `accepted ${accepted} of ${count} messages, and then nothing moved`;
  return `The ${type ?? 'address'} ${address} ${progress} for ${timeoutMs / 1000} s: ${why}.`;
}

export function counted(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'message' : 'messages'}`;
}
