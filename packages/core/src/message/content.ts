import type { Encoding, Message } from './message.ts';
import type { MessageFields } from './message-filter.ts';
import type { TextSearch } from './text-search.ts';

/**
 * A message in words that every protocol has: what goes from one encoding to another. Between equals nobody asks for it, and the bytes stay
 * as they are.
 */
export interface MessageContent {
  body: Uint8Array;
  /** The body is text in UTF-8, and was sent as such. */
  text: boolean;
  contentType?: string;
  /** Where an answer is expected. */
  replyTo?: string;
  correlationId?: string | Uint8Array;
  /** What applications add, in their order; names may come more than once. */
  properties: [name: string, value: string][];
}

/** One protocol's way between its encoding and content. */
export interface ContentEncoding {
  /** Throws when the bytes are not well formed. What the message's own fields do not say yet (`HEADER_UNREAD`) is put into them. */
  read(message: Message): MessageContent;
  /** Puts the content into `message` in place of what it had: bytes, encoding and format. They are valid until the next call. */
  write(content: MessageContent, message: Message): void;
  /** What selectors ask of the message; valid until the next call. Bytes that are not well formed have no fields. */
  fields(message: Message): MessageFields;
  /**
   * Where in the message's bytes, from `from` on, this text next stands among the annotations and properties that selectors can ask for, be it a name or
   * part of a value; −1: nowhere there. Nothing is decoded: this is for who asks every message, and most of them in vain.
   */
  find(message: Message, text: TextSearch, from: number): number;
  /**
   * Puts the message with these annotations, which replace those of the same name, in place of what it had: bytes, start, end and header size. They are
   * valid until the next call. Bytes that are not well formed stay as they are.
   */
  annotate(message: Message, annotations: Annotations): void;
}

/** What the server adds to a message that it handles: AMQP message annotations, MQTT user properties. */
export type Annotations = ReadonlyMap<string, string | number | Date>;

/** The encodings of a server's heads. */
export class ContentEncodings {
  readonly #encodings: ContentEncoding[] = [];
  readonly #scratch = new Map<Encoding, Message>();

  add(encoding: Encoding, way: ContentEncoding): void {
    this.#encodings[encoding] = way;
  }

  of(encoding: Encoding): ContentEncoding | undefined {
    return this.#encodings[encoding];
  }

  /**
   * The message in the encoding that is wanted: itself, or a translation that is valid until the next one into this encoding. undefined: it cannot be
   * read, or nobody here knows its encoding.
   */
  translate(message: Message, wanted: Encoding): Message | undefined {
    if (message.encoding === wanted) return message;
    const from = this.#encodings[message.encoding];
    const to = this.#encodings[wanted];
    if (!from || !to) return undefined;
    let scratch = this.#scratch.get(wanted);
    if (scratch) Object.assign(scratch, message);
    else {
      scratch = { ...message };
      this.#scratch.set(wanted, scratch);
    }
    try {
      to.write(from.read(scratch), scratch);
    } catch {
      return undefined;
    }
    return scratch;
  }
}
