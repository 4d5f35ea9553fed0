import { Problem } from '../problem.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A document of ours that says what one of EnMasse's does. */
export interface Translated {
  readonly kind: string;
  /** Empty: of the server. */
  readonly space: string;
  readonly name: string;
  readonly metadata: { readonly labels?: unknown; readonly annotations?: unknown };
  readonly spec: object;
}

/** What there is already that a document may name. */
export interface Known {
  has(kind: string, space: string, name: string): boolean;
}

/** One document of EnMasse on its way to ours, and what of it means nothing here. */
export class Translation {
  readonly document: Fields;
  readonly known: Known;
  readonly #translated: Translated[] = [];
  readonly #warnings: string[] = [];

  constructor(document: Fields, known: Known) {
    this.document = document;
    this.known = known;
  }

  get metadata(): Fields {
    return fieldsOf(this.document.metadata);
  }

  get spec(): Fields {
    return fieldsOf(this.document.spec);
  }

  get documents(): readonly Translated[] {
    return this.#translated;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  add(kind: string, space: string, name: string, spec: object): void {
    const { labels, annotations } = this.metadata;
    const metadata = { ...(labels !== undefined && { labels }), ...(annotations !== undefined && { annotations }) };
    this.#translated.push({ kind, space, name, metadata, spec: withoutAbsent(spec) });
  }

  warn(words: string): void {
    this.#warnings.push(words);
  }

  /** Fields that were not looked at: each of them means nothing here. */
  leave(rest: Fields, path: string): void {
    for (const field of Object.keys(rest)) this.warn(`${path}.${field} means nothing here, and is left out`);
  }

  /** The name, where there is a document of it; otherwise a warning says that it is left out. */
  named(kind: string, space: string, name: unknown, path: string): string | undefined {
    if (typeof name !== 'string') return undefined;
    if (this.known.has(kind, space, name)) return name;
    this.warn(`${path} names ${name}, but there is no ${kind} of this name: it is left out`);
    return undefined;
  }
}

/** What it translates cannot be understood. */
export class TranslationError extends Error {
  get problem(): Problem {
    return new Problem('resource-invalid', this.message);
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

export function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw new TranslationError(`${path} is missing.`);
  return value;
}

/** EnMasse puts the name of the space before that of what is in it: `space.name`. */
export function placeOf(metadata: Fields): { readonly space: string; readonly name: string } {
  const [, space, name] = /^([^.]+)\.(.+)$/.exec(textOf(metadata.name, 'metadata.name')) ?? [];
  if (space === undefined || name === undefined)
    throw new TranslationError(`metadata.name, ${String(metadata.name)}, is not like SPACE.NAME, as EnMasse has it.`);
  return { space, name };
}

function withoutAbsent(spec: object): object {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}
