import {
  compileSelector,
  ENCODING_AMQP,
  ENCODING_MQTT,
  type Encoding,
  type Exported,
  type ExportedMessage,
  SelectorError,
} from '@angarium/core';
import Type, { type Static } from 'typebox';
import { schemaCheck } from './schema-words.ts';

/** The topic of a message has a length of two bytes in the log, and over MQTT. */
const TOPIC_BYTES_MAX = 65_535;
const UINT_MAX = 0xffff_ffff;

const ENCODINGS = { amqp: ENCODING_AMQP, mqtt: ENCODING_MQTT } as const satisfies Record<string, Encoding>;
const ENCODING_NAMES = ['amqp', 'mqtt'] as const;

const address = Type.String({ minLength: 1, description: 'Where it is stored.' });
const name = Type.String({ minLength: 1, description: 'The name by which clients know it.' });
const shared = Type.Boolean({ description: 'Several consumers compete.' });
const time = (description: string) =>
  Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT', expected: 'a time such as 2026-01-02T03:04:05Z', description }));
const closed = { additionalProperties: false } as const;

const MESSAGE = Type.Object(
  {
    kind: Type.Literal('StoredMessage'),
    address: Type.Optional(Type.String({ minLength: 1, description: 'Where it is stored; absent for a retained message.' })),
    subscription: Type.Optional(Type.String({ minLength: 1, description: 'Of a topic: the subscription that has it.' })),
    retained: Type.Optional(Type.Literal(true, { description: 'It is the last message of its topic.' })),
    encoding: Type.Enum(ENCODING_NAMES, {
      description: 'Of the bytes: AMQP’s sections but for the header, or MQTT’s PUBLISH as the server keeps it.',
    }),
    message: Type.String({ description: 'The bytes, in base64.' }),
    format: Type.Optional(Type.Integer({ minimum: 1, maximum: UINT_MAX, description: 'AMQP’s message-format, where that is not 0.' })),
    durable: Type.Boolean({ description: 'Kept over a restart of the server.' }),
    priority: Type.Integer({ minimum: 0, maximum: 9 }),
    attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: UINT_MAX, description: 'Deliveries that failed.' })),
    grouped: Type.Optional(Type.Literal(true, { description: 'It belongs to a group.' })),
    topic: Type.Optional(
      Type.String({ minLength: 1, description: 'The name that it was published to, where that is not the address’s own.' }),
    ),
    storedAt: time('When it came; the server that imports it has its own.'),
    dueAt: time('When it may be delivered.'),
    expiresAt: time('When its time to live ends.'),
  },
  closed,
);

const SUBSCRIPTION = Type.Object(
  {
    kind: Type.Literal('StoredSubscription'),
    address,
    name,
    shared,
    pattern: Type.Optional(Type.String({ minLength: 1, description: 'Which of the topics below the address; absent: all.' })),
    selector: Type.Optional(Type.String({ minLength: 1, description: 'Which messages; absent: all.' })),
  },
  closed,
);

const READER = Type.Object(
  {
    kind: Type.Literal('StoredReader'),
    address,
    name,
    shared,
    lag: Type.Integer({ minimum: 0, description: 'Messages, from the end of the stream backwards, that it is not done with.' }),
  },
  closed,
);

/** A line of what a space exports, for /openapi.json. */
export const STORED_LINE = Type.Object(
  {},
  {
    $id: 'StoredLine',
    description: 'A stored message, a durable subscription of a topic before its messages, or a durable reader of a stream after them.',
    oneOf: [MESSAGE, SUBSCRIPTION, READER],
  },
);

type MessageDocument = Static<typeof MESSAGE>;
type SubscriptionDocument = Static<typeof SUBSCRIPTION>;
type ReaderDocument = Static<typeof READER>;
export type StoredDocument = MessageDocument | SubscriptionDocument | ReaderDocument;

const CHECKS: Readonly<Record<string, (value: unknown, where: string) => string | undefined>> = {
  StoredMessage: schemaCheck(MESSAGE),
  StoredSubscription: schemaCheck(SUBSCRIPTION),
  StoredReader: schemaCheck(READER),
};

export function storedDocument(exported: Exported): StoredDocument {
  switch (exported.kind) {
    case 'message':
      return messageDocument(exported);
    case 'subscription': {
      const { kind: _kind, pattern, selector, ...rest } = exported;
      return {
        kind: 'StoredSubscription',
        ...rest,
        ...(pattern !== undefined && { pattern }),
        ...(selector !== undefined && { selector }),
      };
    }
    case 'reader': {
      const { kind: _kind, ...rest } = exported;
      return { kind: 'StoredReader', ...rest };
    }
  }
}

function messageDocument(exported: ExportedMessage): MessageDocument {
  const { subscription, retained, encoding, bytes, format, durable, priority, attempts, grouped, topic } = exported;
  const { storedAtMs, dueAtMs, expiresAtMs } = exported;
  return {
    kind: 'StoredMessage',
    ...(retained ? { retained } : { address: exported.address }),
    ...(subscription !== undefined && { subscription }),
    ...(topic !== '' && { topic }),
    durable,
    priority,
    ...(attempts > 0 && { attempts }),
    ...(grouped && { grouped }),
    storedAt: new Date(storedAtMs).toISOString(),
    ...(dueAtMs > 0 && { dueAt: new Date(dueAtMs).toISOString() }),
    ...(expiresAtMs > 0 && { expiresAt: new Date(expiresAtMs).toISOString() }),
    ...(format !== 0 && { format }),
    encoding: ENCODING_NAMES[encoding],
    message: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  };
}

/** What a line says; a text says what is wrong with it. */
export function readStoredDocument(line: string): Exported | string {
  let document: StoredDocument;
  try {
    document = JSON.parse(line) as StoredDocument;
  } catch {
    return 'it is not JSON.';
  }
  const kind = (document as { kind?: unknown } | null)?.kind;
  const check = typeof kind === 'string' && Object.hasOwn(CHECKS, kind) ? CHECKS[kind] : undefined;
  if (check === undefined) return `its kind is ${JSON.stringify(kind)}, and has to be one of ${Object.keys(CHECKS).join(', ')}.`;
  const wrong = check(document, 'it');
  if (wrong !== undefined) return wrong;
  switch (document.kind) {
    case 'StoredMessage':
      return exportedMessage(document);
    case 'StoredSubscription': {
      const filter = document.selector === undefined ? undefined : compileSelector(document.selector);
      return filter instanceof SelectorError ? `its selector is none: ${filter.message}.` : { ...document, kind: 'subscription' };
    }
    case 'StoredReader':
      return { ...document, kind: 'reader' };
  }
}

function exportedMessage(document: MessageDocument): ExportedMessage | string {
  const { address = '', subscription, retained = false, encoding, message, topic = '' } = document;
  if ((address === '') !== retained) return 'it has to say an address, or that it is retained, and not both.';
  if (Buffer.byteLength(topic) > TOPIC_BYTES_MAX) return `its topic is longer than ${TOPIC_BYTES_MAX} bytes.`;
  const bytes = Buffer.from(message, 'base64');
  if (bytes.toString('base64') !== message) return 'its message is not base64.';
  const [storedAtMs, dueAtMs, expiresAtMs] = [document.storedAt, document.dueAt, document.expiresAt].map(millisecondsOf);
  if (storedAtMs === undefined || dueAtMs === undefined || expiresAtMs === undefined)
    return 'its storedAt, dueAt and expiresAt have to be times such as 2026-01-02T03:04:05Z.';
  return {
    kind: 'message',
    address,
    subscription,
    retained,
    encoding: ENCODINGS[encoding],
    bytes,
    format: document.format ?? 0,
    durable: document.durable,
    priority: document.priority,
    attempts: document.attempts ?? 0,
    grouped: document.grouped ?? false,
    topic,
    storedAtMs,
    dueAtMs,
    expiresAtMs,
  };
}

/** 0: it is absent; undefined: it is no time. */
function millisecondsOf(text: string | undefined): number | undefined {
  const milliseconds = text === undefined ? 0 : Date.parse(text);
  return milliseconds >= 0 ? milliseconds : undefined;
}
