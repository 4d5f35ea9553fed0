/*
 * An export with messages is lines of JSON:
 *
 *   { apiVersion, kind, metadata, spec }            documents, those first that others need
 *   { kind: StoredMessages, addressSpace }          what follows is stored in this address space
 *   { kind: StoredMessage | StoredSubscription | StoredReader, … }
 *   …
 *   { kind: ExportEnd, documents, messages }        without it, the file is not whole
 */

export interface SpaceLine {
  readonly kind: 'StoredMessages';
  readonly addressSpace: string;
}

export interface EndLine {
  readonly kind: 'ExportEnd';
  readonly documents: number;
  /** Lines of messages, subscriptions and readers. */
  readonly messages: number;
}

/** What a line of an export says, as far as it has to be known to pass it on. */
export type ExportLine =
  | { readonly what: 'document'; readonly text: string }
  | { readonly what: 'space'; readonly space: string }
  | { readonly what: 'stored'; readonly text: string }
  | { readonly what: 'end' };

const STORED = /^\{"kind":"Stored(Message|Subscription|Reader)",/;

/** Undefined: it is no line of an export. Stored messages are many, and are passed on unread. */
export function readExportLine(text: string): ExportLine | undefined {
  if (STORED.test(text)) return { what: 'stored', text };
  let value: { readonly kind?: unknown; readonly addressSpace?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  switch (value?.kind) {
    case 'StoredMessages':
      return typeof value.addressSpace === 'string' ? { what: 'space', space: value.addressSpace } : undefined;
    case 'StoredMessage':
    case 'StoredSubscription':
    case 'StoredReader':
      return { what: 'stored', text };
    case 'ExportEnd':
      return { what: 'end' };
    default:
      return typeof value?.kind === 'string' ? { what: 'document', text } : undefined;
  }
}
