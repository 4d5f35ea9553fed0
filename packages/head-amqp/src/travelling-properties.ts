import type { MessageProperties } from '@angarium/codec-amqp';
import type { MessageContent } from '@angarium/core';

/** How one property of AMQP is said as a text, and read from it; undefined: it cannot be. */
interface Traveller<Value> {
  said(value: Value): string | undefined;
  read(text: string): Value | undefined;
}

const TEXT: Traveller<string> = { said: value => value, read: text => text };
/** Symbols are ASCII (part 1, section 1.6.21). */
const SYMBOL: Traveller<string> = { said: value => value, read: text => (isSymbol(text) ? text : undefined) };
const INSTANT: Traveller<number> = {
  said(value) {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  },
  read(text) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
  },
};
const UINT: Traveller<number> = {
  said: value => String(value),
  read: text => (/^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff ? Number(text) : undefined),
};
const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();
const BYTES: Traveller<Uint8Array> = {
  said(value) {
    try {
      return decoder.decode(value);
    } catch {
      return undefined;
    }
  },
  read: text => encoder.encode(text),
};

/**
 * Properties that other protocols have no place for, by the names under which they travel as properties of the application; they come back as what
 * they were. docs/reference/translation.md has them.
 */
const TRAVELLERS = {
  'amqp-user-id': entry('userId', BYTES),
  'amqp-subject': entry('subject', TEXT),
  'amqp-content-encoding': entry('contentEncoding', SYMBOL),
  'amqp-absolute-expiry-time': entry('absoluteExpiryTime', INSTANT),
  'amqp-creation-time': entry('creationTime', INSTANT),
  'amqp-group-id': entry('groupId', TEXT),
  'amqp-group-sequence': entry('groupSequence', UINT),
  'amqp-reply-to-group-id': entry('replyToGroupId', TEXT),
};

interface Entry {
  /** The property as a text; undefined where there is none. */
  said(properties: MessageProperties): string | undefined;
  /** Sets the property, and answers whether the text says one. */
  read(text: string, properties: MessageProperties): boolean;
}

function entry<Name extends keyof MessageProperties>(name: Name, traveller: Traveller<NonNullable<MessageProperties[Name]>>): Entry {
  return {
    said(properties) {
      const value = properties[name];
      return value === undefined ? undefined : traveller.said(value);
    },
    read(text, properties) {
      const value = traveller.read(text);
      if (value !== undefined) properties[name] = value;
      return value !== undefined;
    },
  };
}

/** Adds what travels to the content's properties. */
export function sendTravelling(properties: MessageProperties, content: MessageContent): void {
  for (const [name, each] of Object.entries(TRAVELLERS)) {
    const text = each.said(properties);
    if (text !== undefined) content.properties.push([name, text]);
  }
}

/** Takes a property that has travelled; false: it is one of the application. */
export function receiveTravelling(name: string, text: string, properties: MessageProperties): boolean {
  const each = Object.hasOwn(TRAVELLERS, name) ? TRAVELLERS[name as keyof typeof TRAVELLERS] : undefined;
  return each?.read(text, properties) ?? false;
}

/** Whether a text can be a symbol. */
export function isSymbol(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}
