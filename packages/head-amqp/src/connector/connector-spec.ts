import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';

/** How a connection that we open proves who we are. */
export type ClientMechanism = 'ANONYMOUS' | 'EXTERNAL' | 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

export interface RemoteHost {
  readonly host: string;
  /** 5671 with TLS and 5672 without, where it is absent. */
  readonly port?: number;
}

export interface ConnectorTls {
  /** Whom to trust, as PEM; the authorities that Node knows where it is absent. */
  readonly ca?: string;
  /** The name that the remote's certificate has to be for; the host's where it is absent. */
  readonly serverName?: string;
  /** What we show, as PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** Whoever answers is believed. */
  readonly insecure?: boolean;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** How long it is waited before the next attempt: grows with each failure in a row. */
export interface BackOff {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly multiplier: number;
  /** The share of each delay that is left to chance: 0 to 1. */
  readonly jitter: number;
}

/** A connection that we open to a remote AMQP 1.0 server, and keep. */
export interface ConnectorSpec extends RemoteHost {
  /** Tried in this order when `host` cannot be had. */
  readonly failover?: readonly RemoteHost[];
  /** Absent: without TLS. */
  readonly tls?: ConnectorTls;
  readonly credentials?: Credentials;
  /** Absent: the strongest that is offered and for which there is what it needs. */
  readonly mechanism?: ClientMechanism;
  /** Told in open, where servers with several tenants look for the one that is meant. */
  readonly hostname?: string;
  /** Nothing coming for so long ends the connection, in milliseconds; 0: never. */
  readonly idleTimeoutMs?: number;
  readonly backoff?: Partial<BackOff>;
  /** There is no connection for as long as it says so. */
  readonly paused?: boolean;
}

export const CONNECTOR_DEFAULTS = {
  idleTimeoutMs: 60_000,
  backoff: { initialMs: 500, maxMs: 30_000, multiplier: 2, jitter: 0.5 },
} as const;

/** What is under way when something is paused has so long to be settled, in milliseconds; then it goes back to where it came from. */
export const PAUSE_TIMEOUT_MS = 5_000;

/** Hosts of one connector, at the most. */
export const FAILOVER_MAX = 16;

const PORT_MAX = 65_535;

/** Why there cannot be such a connector, in words; what it is made of is checked by whoever takes it from outside. */
export function refuseConnectorSpec(spec: ConnectorSpec): string | undefined {
  const { failover = [], tls, credentials, mechanism } = spec;
  if (failover.length > FAILOVER_MAX) return `failover has more than ${FAILOVER_MAX} hosts`;
  const badPort = [spec, ...failover].find(({ port = 1 }) => !Number.isInteger(port) || port < 1 || port > PORT_MAX);
  if (badPort) return `the port ${badPort.port} is not between 1 and ${PORT_MAX}`;
  const needsPassword = mechanism === 'PLAIN' || mechanism?.startsWith('SCRAM-');
  if (needsPassword && credentials === undefined) return `the mechanism ${mechanism} needs credentials`;
  if (mechanism === 'EXTERNAL' && tls?.clientCertificate === undefined) return 'the mechanism EXTERNAL needs tls.clientCertificate';
  if (tls?.serverName !== undefined && isIP(tls.serverName) !== 0) return 'tls.serverName is a name, and no address';
  try {
    if (tls) createSecureContext(contextOptions(tls));
    // What is no certificate at all would be passed over.
    if (tls?.ca !== undefined) new X509Certificate(tls.ca);
  } catch (error) {
    return `tls has a certificate or key that cannot be read as PEM: ${(error as Error).message}`;
  }
  return undefined;
}

/** The part of Node's options that has certificates. */
export function contextOptions({ ca, clientCertificate }: ConnectorTls): { ca?: string; cert?: string; key?: string } {
  return {
    ...(ca !== undefined && { ca }),
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  };
}
