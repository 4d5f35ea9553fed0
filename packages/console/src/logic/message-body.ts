import type { JsonMessage } from '../api/messages.ts';

/** How the body of a message can be looked at. */
export type BodyForm = 'json' | 'text' | 'hex';

/** Characters of a body that are shown as text, and bytes that are shown in hexadecimal: a page has an end. */
export const TEXT_SHOWN_MAX = 65_536;
export const HEX_SHOWN_MAX = 4_096;
/** Characters of a body in a list. */
const GLIMPSE_MAX = 200;

const HEX_COLUMNS = 16;

/** The bytes of a body; of one that came as JSON those of its text. */
export function bodyBytes({ body, bodyEncoding }: JsonMessage): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (bodyEncoding === 'base64') return Uint8Array.from(atob(String(body)), character => character.charCodeAt(0));
  return new TextEncoder().encode(bodyEncoding === 'json' ? JSON.stringify(body) : String(body));
}

/** In which forms a body can be shown, the one that says most first. */
export function bodyForms(message: JsonMessage): readonly BodyForm[] {
  const { body, bodyEncoding } = message;
  if (body === undefined || bodyEncoding === 'base64') return ['hex'];
  if (bodyEncoding === 'json') return ['json', 'text', 'hex'];
  return parsed(String(body)) === undefined ? ['text', 'hex'] : ['json', 'text', 'hex'];
}

export interface ShownBody {
  readonly text: string;
  /** What is left out at the end, in characters, or bytes of a hexadecimal form; 0: nothing. */
  readonly leftOut: number;
}

export function shownBody(message: JsonMessage, form: BodyForm): ShownBody {
  if (form === 'hex') {
    const bytes = bodyBytes(message);
    return { text: hexDump(bytes.subarray(0, HEX_SHOWN_MAX)), leftOut: Math.max(0, bytes.length - HEX_SHOWN_MAX) };
  }
  const text = form === 'json' ? JSON.stringify(jsonOf(message), undefined, 2) : textOf(message);
  return { text: text.slice(0, TEXT_SHOWN_MAX), leftOut: Math.max(0, text.length - TEXT_SHOWN_MAX) };
}

/** The beginning of a body in one line. */
export function glimpse(message: JsonMessage): string {
  if (message.body === undefined) return '';
  const text = message.bodyEncoding === 'base64' ? `${bodyBytes(message).length} bytes` : textOf(message);
  return text.slice(0, GLIMPSE_MAX).replaceAll(/\s+/g, ' ');
}

/**
 * Bytes as people look at them:
 *
 *     00000000  48 65 6c 6c 6f 20 77 6f  72 6c 64 0a              |Hello world.|
 */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_COLUMNS) {
    const row = [...bytes.subarray(at, at + HEX_COLUMNS)];
    const hex = row.map(byte => byte.toString(16).padStart(2, '0'));
    const halves = `${hex.slice(0, HEX_COLUMNS / 2).join(' ')}  ${hex.slice(HEX_COLUMNS / 2).join(' ')}`;
    const letters = row.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${halves.padEnd(HEX_COLUMNS * 3)}  |${letters}|`);
  }
  return lines.join('\n');
}

function textOf({ body, bodyEncoding }: JsonMessage): string {
  return bodyEncoding === 'json' ? JSON.stringify(body) : String(body);
}

function jsonOf({ body, bodyEncoding }: JsonMessage): unknown {
  return bodyEncoding === 'json' ? body : parsed(String(body));
}

/** `undefined` where it is no object or list: a number or a word is as well read as text. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a message is a dead letter, in the words of who gave it up; '' where it is none. docs/guide/dead-letters.md has the annotations. */
export function deadLetterWords({ annotations = {} }: JsonMessage): string {
  const said = (name: string): string => (annotations[name] === undefined ? '' : valueWords(annotations[name]).text);
  const reason = said('x-opt-dead-letter-reason');
  if (reason === '') return '';
  const why = said('x-opt-dead-letter-description') || said('x-opt-dead-letter-condition');
  return `${REASON_WORDS[reason] ?? reason} at ${said('x-opt-dead-letter-origin')}${why === '' ? '' : `: ${why}`}`;
}

const REASON_WORDS: Readonly<Record<string, string>> = { rejected: 'rejected', attempts: 'all attempts failed', expired: 'expired' };

/** A property as it is shown: what JSON has no type for comes with its type. */
export function valueWords(value: unknown): { readonly text: string; readonly type: string } {
  if (typeof value === 'object' && value !== null && 'type' in value && 'value' in value)
    return { text: String(value.value), type: String(value.type) };
  if (typeof value === 'object' && value !== null) return { text: JSON.stringify(value), type: Array.isArray(value) ? 'list' : 'map' };
  return { text: String(value), type: value === null ? 'null' : typeof value };
}
