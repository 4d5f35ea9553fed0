import type { JsonMessage } from '../api/messages.ts';
import { commandLine, shellWord } from './command-line.ts';
import { valueWords } from './message-body.ts';

/** Types of a property that somebody chooses from; the server knows them by these names (docs/http.md). */
export const PROPERTY_TYPES = ['string', 'boolean', 'number', 'int', 'long', 'double', 'timestamp', 'uuid', 'binary'] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];

export interface PropertyRow {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** Fields of a message that are texts, as they are called. */
export const TEXT_FIELDS = [
  { field: 'subject', label: 'Subject', help: undefined },
  { field: 'messageId', label: 'Message id', help: 'Addresses that know duplicates go by it.' },
  { field: 'correlationId', label: 'Correlation id', help: undefined },
  { field: 'replyTo', label: 'Reply to', help: 'The address for replies.' },
  { field: 'groupId', label: 'Group', help: 'Its messages go to one consumer, in order.' },
  { field: 'to', label: 'To', help: undefined },
  { field: 'ttl', label: 'Time to live', help: 'Such as 30s; it expires then.' },
  { field: 'deliveryDelay', label: 'Delay', help: 'Such as 10s; it is kept that long.' },
] as const;
type TextField = (typeof TEXT_FIELDS)[number]['field'];

/** What somebody has filled in. */
export interface MessageForm {
  readonly body: string;
  readonly bodyEncoding: 'text' | 'json' | 'base64';
  readonly contentType: string;
  readonly texts: Readonly<Record<TextField, string>>;
  /** The type of the correlation id, which has to be that of what it answers. */
  readonly correlationType: string;
  /** '': as usual. */
  readonly priority: string;
  readonly durable: boolean;
  readonly properties: readonly PropertyRow[];
}

/** An empty form, or one that is filled in like a message that was sent before. What only holds for that one is left out: its times. */
export function messageForm(like: JsonMessage = {}): MessageForm {
  const { body, bodyEncoding = 'text', contentType = '', priority, durable, properties = {} } = like;
  const text = (name: string): string => (like[name] === undefined ? '' : valueWords(like[name]).text);
  return {
    body: body === undefined ? '' : bodyEncoding === 'json' ? JSON.stringify(body, undefined, 2) : String(body),
    bodyEncoding,
    contentType,
    texts: {
      subject: text('subject'),
      messageId: '',
      correlationId: text('correlationId'),
      replyTo: text('replyTo'),
      groupId: text('groupId'),
      to: text('to'),
      ttl: text('ttl') && `${text('ttl')}ms`,
      deliveryDelay: '',
    },
    correlationType: like.correlationId === undefined ? 'string' : valueWords(like.correlationId).type,
    priority: priority === undefined || priority === 4 ? '' : String(priority),
    durable: durable !== false,
    properties: Object.entries(properties).map(([name, value]) => ({ name, ...asRow(value) })),
  };
}

function asRow(value: unknown): { readonly type: string; readonly value: string } {
  const { text, type } = valueWords(value);
  return { type, value: text };
}

/** The message that the form says, or why there is none. */
export function messageOf(form: MessageForm): JsonMessage | string {
  const { body, bodyEncoding, contentType, texts, correlationType, priority, durable, properties } = form;
  const message: Record<string, unknown> = { body };
  if (bodyEncoding === 'json') {
    try {
      message.body = JSON.parse(body);
    } catch (error) {
      return `The body is not JSON: ${(error as Error).message}`;
    }
  }
  message.bodyEncoding = bodyEncoding;
  if (contentType !== '') message.contentType = contentType;
  for (const [name, text] of Object.entries(texts)) if (text !== '') message[name] = text;
  if (texts.correlationId !== '') message.correlationId = propertyOf({ name: '', type: correlationType, value: texts.correlationId });
  if (priority !== '') message.priority = Number(priority);
  if (!durable) message.durable = false;
  const named = properties.filter(({ name }) => name !== '');
  if (named.length > 0) message.properties = Object.fromEntries(named.map(row => [row.name, propertyOf(row)]));
  return message;
}

function propertyOf({ type, value }: PropertyRow): unknown {
  if (type === 'string') return value;
  if (type === 'boolean') return value === 'true';
  if (type === 'number') return Number(value);
  return { type, value };
}

/** What `angarium send` has an option for. */
const OPTIONS: Readonly<Record<string, string>> = {
  contentType: 'content-type',
  messageId: 'message-id',
  groupId: 'group',
  ttl: 'ttl',
  deliveryDelay: 'delay',
  priority: 'priority',
};

interface SendPlace {
  readonly space: string;
  readonly address: string;
  /** Where messages of the address are sent to by HTTP. */
  readonly url: string;
  readonly count: number;
}

/** The commands that send it: ours, or where that has no option for something, curl. */
export function sendCommands(message: JsonMessage, { space, address, url, count }: SendPlace): readonly string[] {
  const { body, bodyEncoding, durable, properties = {}, ...rest } = message;
  const simple =
    bodyEncoding === 'text' &&
    Object.keys(rest).every(name => name in OPTIONS) &&
    Object.values(properties).every(value => typeof value !== 'object');
  if (!simple) {
    const batch = JSON.stringify(Array.from({ length: count }, () => message));
    return [`curl -H 'content-type: application/json' -d ${shellWord(batch)} ${shellWord(`${url}?batch=json`)}`];
  }
  const options = {
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [OPTIONS[name]!, String(value)])),
    property: Object.entries(properties).map(([name, value]) => `${name}${typeof value === 'string' ? '=' : ':='}${value}`),
    'no-durable': durable === false,
    count: count > 1 ? count : undefined,
    space,
  };
  return [commandLine(['send', address, String(body)], options)];
}
