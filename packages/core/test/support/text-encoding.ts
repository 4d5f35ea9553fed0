import type { Annotations, ContentEncoding } from '../../src/message/content.ts';
import type { Message } from '../../src/message/message.ts';
import type { MessageFilter } from '../../src/message/message-filter.ts';
import { textOf } from './text-message.ts';

function pairsOf(message: Message): Map<string, string> {
  return new Map(
    textOf(message)
      .split(';')
      .map((pair): [string, string] => [pair.split('=', 1)[0]!, pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** Texts such as `colour=red;size=5`, whose fields are what they say; an annotation `x` is the field `annotations.x`. */
export const TEXT_ENCODING: ContentEncoding = {
  read: message => ({ body: message.bytes.slice(message.start, message.end), text: true, properties: [] }),
  write(content, message) {
    Object.assign(message, { bytes: content.body, start: 0, end: content.body.length, headerSize: 0 });
  },
  fields: message => ({ get: name => pairsOf(message).get(name) }),
  find: (message, text, from) => text.in(message.bytes, from, message.end),
  annotate(message: Message, annotations: Annotations) {
    const pairs = pairsOf(message);
    for (const [name, value] of annotations) pairs.set(`annotations.${name}`, String(value));
    const bytes = new TextEncoder().encode([...pairs].map(pair => pair.join('=')).join(';'));
    Object.assign(message, { bytes, start: 0, end: bytes.length, headerSize: 0 });
  },
};

/** Messages of which this field has this value. */
export function fieldIs(name: string, value: string): MessageFilter {
  return { text: `${name} = '${value}'`, matches: fields => fields.get(name) === value };
}
