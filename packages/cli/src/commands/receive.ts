import type { Delivery, EventContext, Message, Receiver, Source } from 'rhea';
import { conditionWords, StallTimer, withAmqp } from '../amqp-session.ts';
import { ApiClient } from '../api-client.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { requireAddress } from '../require-address.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';
import { counted } from './send.ts';

/** The filter of a source that says where in a stream a receiver begins. */
const OFFSET_FILTER = 'angarium:stream-offset';
const SELECTOR_FILTER = 'apache.org:selector-filter:string';
/** Deliveries that are on their way to us at most. */
const CREDIT_MAX = 100;

interface ReceiveOptions extends TargetOptions {
  readonly json?: boolean;
  readonly count?: number;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly browse?: boolean;
  /** A place in a stream. */
  readonly offset?: string;
  readonly selector?: string;
  readonly outcome: 'accept' | 'reject' | 'release' | 'fail';
  readonly type?: string;
}

export async function receive(address: string, options: ReceiveOptions): Promise<void> {
  const target = await resolveTarget(options);
  const api = new ApiClient(target);
  const endpoint = await api.amqpEndpoint();
  await requireAddress(api, address, options.type);
  const wanted = options.count ?? Number.POSITIVE_INFINITY;
  let received = 0;

  const filter = await filterOf(options);
  await withAmqp(target, endpoint, session => {
    const { connection } = session;
    const source = {
      address,
      ...(options.browse && { distribution_mode: 'copy' }),
      ...(options.type && { capabilities: [options.type] }),
      ...(filter && { filter }),
    } as Source;
    const receiver: Receiver = connection.open_receiver({ source, credit_window: 0, autoaccept: false });
    const finish = (): void => {
      stall.stop();
      process.off('SIGINT', finish);
      process.off('SIGTERM', finish);
      session.done();
    };
    const stall = new StallTimer(options.timeout, finish);
    process.once('SIGINT', finish);
    process.once('SIGTERM', finish);

    // Credit for what is wanted and no more: what is not printed stays with the server.
    let credit = 0;
    const topUp = (): void => {
      if (credit > CREDIT_MAX / 2) return;
      const more = Math.min(CREDIT_MAX, wanted - received) - credit;
      if (more > 0) receiver.add_credit(more);
      credit += Math.max(0, more);
    };
    connection.on('receiver_open', topUp);
    connection.on('message', (context: EventContext) => {
      if (received >= wanted) return;
      const { delivery, message } = context as { delivery: Delivery; message: Message };
      received++;
      credit--;
      stall.moved();
      if (options.json) printJson(messageDocument(message, delivery));
      else print(bodyText(message.body));
      settle(delivery, options);
      if (received >= wanted) finish();
      else topUp();
    });
    connection.on('receiver_error', () => {
      stall.stop();
      session.fail(new CommandError('failed', `The server does not give messages of ${address}: ${conditionWords(receiver.error)}`));
    });
  });

  if (options.count !== undefined && received < options.count) {
    throw new CommandError('nothing', `${counted(received)} of ${options.count} received from ${address}`);
  }
  if (received === 0) throw new CommandError('nothing', `Nothing received from ${address}.`);
}

function settle(delivery: Delivery, { browse, outcome }: ReceiveOptions): void {
  if (browse || outcome === 'release') delivery.release();
  else if (outcome === 'accept') delivery.accept();
  else if (outcome === 'fail') delivery.modified({ delivery_failed: true });
  else delivery.reject();
}

async function filterOf({ offset, selector }: ReceiveOptions): Promise<object | undefined> {
  if (offset === undefined && selector === undefined) return undefined;
  const { default: rhea } = await import('rhea');
  return {
    ...(offset !== undefined && { [OFFSET_FILTER]: rhea.types.wrap_described(offset, OFFSET_FILTER) }),
    ...(selector !== undefined && { [SELECTOR_FILTER]: rhea.types.wrap_described(selector, SELECTOR_FILTER) }),
  };
}

interface DataSection {
  readonly typecode: number;
  readonly content: unknown;
}

/** The typecodes of a data section and of a sequence, as rhea marks them (AMQP 1.0 part 3, sections 3.2.6 and 3.2.7). */
const DATA_SECTION = 0x75;
const SEQUENCE_SECTION = 0x76;

function bytesOf(body: unknown): Buffer | undefined {
  if (Buffer.isBuffer(body)) return body;
  const section = body as DataSection | undefined;
  if (typeof section !== 'object' || section === null || section.typecode !== DATA_SECTION) return undefined;
  const { content } = section;
  if (Buffer.isBuffer(content)) return content;
  return Array.isArray(content) ? Buffer.concat(content.filter(Buffer.isBuffer)) : undefined;
}

function sectionValue(body: unknown): unknown {
  const section = body as DataSection | undefined;
  return typeof section === 'object' && section !== null && section.typecode === SEQUENCE_SECTION ? section.content : body;
}

/** The body for people: text as it is, bytes that are text as that text, other bytes in base64, values as JSON. */
function bodyText(body: unknown): string {
  const bytes = bytesOf(body);
  if (bytes !== undefined) return utf8(bytes) ?? bytes.toString('base64');
  const value = sectionValue(body);
  return typeof value === 'string' ? value : toJson(value);
}

function messageDocument(message: Message, delivery: Delivery): object {
  const bytes = bytesOf(message.body);
  const text = bytes && utf8(bytes);
  const body = bytes === undefined ? sectionValue(message.body) : (text ?? bytes.toString('base64'));
  return JSON.parse(
    toJson({
      messageId: message.message_id,
      correlationId: message.correlation_id,
      to: message.to,
      subject: message.subject,
      replyTo: message.reply_to,
      contentType: message.content_type,
      creationTime: message.creation_time,
      durable: message.durable ?? false,
      priority: message.priority ?? 4,
      ttlMs: message.ttl,
      deliveryCount: message.delivery_count ?? 0,
      properties: message.application_properties,
      annotations: message.message_annotations,
      body,
      bodyEncoding: bytes !== undefined && text === undefined ? 'base64' : undefined,
      settled: (delivery as { remote_settled?: boolean }).remote_settled ?? false,
    }),
  ) as object;
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function toJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return String(item);
    const buffer = item as { type?: string; data?: number[] } | null;
    return buffer?.type === 'Buffer' && Array.isArray(buffer.data) ? Buffer.from(buffer.data).toString('base64') : item;
  });
  return text ?? 'null';
}
