import type { ResourceDocument } from '../../api/documents.ts';

export type Phase = 'Connecting' | 'Active' | 'Failed' | 'Paused' | 'Terminating';

export interface LinkStatus {
  readonly phase: Phase;
  /** Of one that is paused: why it is. */
  readonly message?: string;
  /** What is wrong, or was the last time, and what to do about it. */
  readonly lastError?: string;
  readonly lastErrorTime?: string;
}

interface LinkSpec {
  readonly paused?: boolean;
}

interface ConnectorSpec extends LinkSpec {
  readonly host: string;
  readonly port?: number;
  readonly tls?: object;
  readonly credentials?: { readonly user: string };
}

interface ConnectorStatus extends LinkStatus {
  readonly host: string;
  readonly remote?: { readonly container: string; readonly product?: string; readonly version?: string; readonly host: string };
  readonly forwarders: { readonly total: number; readonly active: number };
}

interface ForwarderSpec extends LinkSpec {
  readonly connector: string;
  readonly address: string;
  readonly remoteAddress: string;
  readonly direction: 'in' | 'out';
}

interface ForwarderStatus extends LinkStatus {
  readonly messages: number;
  readonly outcomes: { readonly accepted: number; readonly rejected: number; readonly released: number; readonly modified: number };
  readonly lastRejection?: string;
}

export type Connector = ResourceDocument<ConnectorSpec, ConnectorStatus>;
export type Forwarder = ResourceDocument<ForwarderSpec, ForwarderStatus>;
