import { putAttribute, SPAN_KIND, SPAN_NAME } from './otlp-span.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** What a span is to who sent, and to who receives (OpenTelemetry, `SpanKind`): the values are OTLP's. */
const INTERNAL = 1;
const PRODUCER = 4;
const CONSUMER = 5;

/** What happens to messages here, and what OpenTelemetry's conventions for messaging call it (`messaging.operation.type`). */
const OPERATIONS = {
  send: { kind: CONSUMER, type: 'send' },
  route: { kind: INTERNAL, type: undefined },
  store: { kind: INTERNAL, type: undefined },
  deliver: { kind: PRODUCER, type: 'receive' },
} as const;
export type Operation = keyof typeof OPERATIONS;

/** Addresses of which it is remembered what their spans have in common; beyond, all of it is forgotten and made anew. */
const REMEMBERED_MAX = 1000;

/** What all spans of one operation at one address have in common, encoded once: name, kind, and the attributes that never differ. */
export class SpanTemplates {
  readonly #space: string;
  readonly #remembered: Readonly<Record<Operation, Map<string, Uint8Array>>> = {
    send: new Map(),
    route: new Map(),
    store: new Map(),
    deliver: new Map(),
  };

  constructor(space: string) {
    this.#space = space;
  }

  of(operation: Operation, address: string): Uint8Array {
    const remembered = this.#remembered[operation];
    let template = remembered.get(address);
    if (template === undefined) {
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      template = this.#encode(operation, address);
      remembered.set(address, template);
    }
    return template;
  }

  #encode(operation: Operation, address: string): Uint8Array {
    const { kind, type } = OPERATIONS[operation];
    const writer = new ProtobufWriter(256);
    writer.text(SPAN_NAME, `${operation} ${address}`);
    writer.whole(SPAN_KIND, kind);
    const attributes = {
      'messaging.system': 'angarium',
      'messaging.operation.name': operation,
      ...(type !== undefined && { 'messaging.operation.type': type }),
      'messaging.destination.name': address,
      'angarium.address_space': this.#space,
    };
    for (const [name, value] of Object.entries(attributes)) putAttribute(writer, name, value);
    return writer.written.slice();
  }
}
