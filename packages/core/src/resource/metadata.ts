import type { Details } from '../topic/inbox.ts';

/** What stands beside what a document declares, and is not of the core's making. */
export interface Described {
  /** What people and programs write for themselves: the server does nothing with it. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What has to happen elsewhere before it may go. */
  readonly finalizers?: readonly string[];
  /** It was deleted, and waits for its finalizers. */
  readonly deletedMs?: number;
}

/** What is kept of a declared document besides what it declares. */
export interface Metadata extends Described {
  /** Of its last change; each change of any document has a higher one. */
  readonly revision: number;
  readonly createdMs: number;
  /** Each change of what it declares counts one; changes of labels do not. */
  readonly generation: number;
}

/** A declared document. The core keeps those of most kinds, and does not understand them. */
export interface Resource {
  readonly kind: string;
  /** Empty: it is the server's, and of no address space. */
  readonly space: string;
  readonly name: string;
  readonly metadata: Metadata;
  readonly spec: Details;
}

/** Of what was written before there was any metadata. */
export const NEVER_CHANGED: Metadata = { revision: 0, createdMs: 0, generation: 1 };
