import type { Described, Principal, Refusal, RefusalCode, Resource } from '@angarium/core';
import type { TObject } from 'typebox';
import type { Problem } from './problem.ts';
import type { World } from './world.ts';

/** Why a document is not taken: in the core's words, or in those that only documents have. */
export type Complaint = Refusal | Problem;

/** What somebody wants a document to be like. */
export interface Wish {
  /** Empty: of the server. */
  readonly space: string;
  readonly name: string;
  /** It fits the schema of its kind, whose types its own kind may take it for. */
  readonly spec: object;
  /** As it is now; absent: there is none. */
  readonly before: Resource | undefined;
  readonly principal: Principal;
}

/** A kind of declared document. One value of this makes its checks, its routes, OpenAPI, docs/reference/resources.md, and what `angarium explain` shows. */
export interface Kind {
  /** As documents say it, as in `Address`. */
  readonly kind: string;
  /** As paths say it, as in `addresses`. */
  readonly plural: string;
  /** Where a document of it is: in an address space, or of the whole server. */
  readonly scope: 'server' | 'space';
  /** A sentence that says what it is. */
  readonly description: string;
  /** Of `spec`; each field has a description. Absent: the server alone makes these documents. */
  readonly spec?: TObject;
  /** Of `status`. */
  readonly status?: TObject;
  /** Fields of `spec` that are written and never shown, by their path, as in `authentication.password`. One that a later writer leaves out stays as it is. */
  readonly secrets?: readonly string[];
  /** What clients of messages are told too, where there is no document of a name, or one already; absent: in the words of documents. */
  readonly refusals?: { readonly missing: RefusalCode; readonly exists?: RefusalCode };
  /** Of a kind of the server: everybody may view it, and not administrators of the server alone. */
  readonly open?: true;
  /** What is wrong with a name, in words that go on after it, as in `must not have a slash`; where it is absent, names are letters, digits, `.`, `_`, `-`. */
  readonly refuseName?: (name: string) => string | undefined;
  /** Why it cannot be like that: what no schema can say, and what this principal may not write. Nothing is changed by asking. */
  readonly refuse?: (wish: Wish, world: World) => Complaint | undefined;
  /** Makes of what was written what is kept, such as a hash of a password. It is asked after `refuse`. */
  readonly prepare?: (wish: Wish, world: World) => Promise<object>;
  /** Why it may not be deleted now. */
  readonly refuseEnd?: (resource: Resource, world: World, options: EndOptions) => Complaint | undefined;
  /** How it is now. */
  readonly show?: (resource: Resource, world: World) => object;
  /** Fields of `show` that tell of more than this principal may view. */
  readonly veil?: (principal: Principal) => readonly string[];
  /** Where its documents are; absent: in `broker.resources`. */
  readonly store?: (world: World) => Store;
}

export interface EndOptions {
  /** Although it is in use, or holds something. */
  readonly force: boolean;
  /** Who deletes it; absent: what it waited for has happened. */
  readonly principal?: Principal;
}

/** Where documents of a kind are kept. Those of most kinds are in the core's `Resources`. */
export interface Store {
  get(space: string, name: string): Resource | undefined;
  /** The name of the document that is meant, where one has further names. */
  nameOf?(space: string, name: string): string;
  /** Names of all, in no order. */
  names(space: string): Iterable<string>;
  /** Why `put` would refuse this; nothing is changed by asking. */
  refuse?(wish: Wish): Complaint | undefined;
  /** Settles when it is on disk. */
  put(wish: Wish, described: Described): Promise<Resource | Complaint>;
  /** In place of `put`, where that would change nothing. */
  confirm?(wish: Wish): Promise<Resource | Complaint>;
  /** Why `remove` would refuse this. */
  refuseEnd?(resource: Resource, options: EndOptions): Complaint | undefined;
  /** Settles when its end is on disk. */
  remove(resource: Resource, options: EndOptions): Promise<Complaint | undefined>;
}

export function isComplaint(value: object | undefined): value is Complaint {
  return value !== undefined && 'code' in value && 'description' in value;
}
