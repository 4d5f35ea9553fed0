import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ConnectorTls, contextOptions, type RemoteHost } from './connector-spec.ts';

/** From looking up the name to the end of the TLS handshake, in milliseconds. */
export const DIAL_TIMEOUT_MS = 10_000;
const PORT = 5672;
const PORT_TLS = 5671;

/** Where a connection goes. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectorTls | undefined;
}

export function targetOf({ host, port }: RemoteHost, tls: ConnectorTls | undefined): Target {
  return { host, port: port ?? (tls ? PORT_TLS : PORT), tls };
}

export function targetText({ host, port }: Target): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Opens a socket, with TLS where that is asked for. One of `done` and `failed` is called once, later. The answer gives it up: neither is called then. */
export function dial(target: Target, done: (socket: Socket) => void, failed: (why: string) => void): () => void {
  const socket = target.tls ? dialTls(target, target.tls) : connect({ host: target.host, port: target.port, noDelay: true });
  let over = false;
  const settle = (run: () => void): void => {
    if (over) return;
    over = true;
    run();
  };
  const fail = (why: string): void =>
    settle(() => {
      socket.destroy();
      failed(why);
    });
  socket.setTimeout(DIAL_TIMEOUT_MS, () =>
    fail(`${targetText(target)} does not answer for ${DIAL_TIMEOUT_MS} ms: is it the right host, and reachable?`),
  );
  // Stays: errors that come after this are those of a socket that was given up.
  socket.on('error', (error: NodeJS.ErrnoException) => fail(wordsOf(error, target)));
  socket.once('close', () =>
    fail(`${targetText(target)} closed the connection before it was there${target.tls ? ': does it speak TLS at this port?' : ''}`),
  );
  socket.once(target.tls ? 'secureConnect' : 'connect', () =>
    settle(() => {
      socket.setTimeout(0);
      done(socket);
    }),
  );
  return () => settle(() => socket.destroy());
}

function dialTls({ host, port }: Target, tls: ConnectorTls): Socket {
  const serverName = tls.serverName ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    host,
    port,
    ...(serverName !== undefined && { servername: serverName }),
    ...contextOptions(tls),
    rejectUnauthorized: tls.insecure !== true,
  }).setNoDelay(true);
}

const UNTRUSTED = 'is signed by nobody whom tls.ca names: give the certificate of its authority there';

/** What to do about an error, by its code. */
const WORDS: Readonly<Record<string, (where: string, error: Error) => string>> = {
  ECONNREFUSED: where => `nothing listens at ${where}: start the remote server, or correct host and port`,
  ENOTFOUND: where => `there is no host of this name: ${where}`,
  EAI_AGAIN: where => `the name of ${where} cannot be looked up just now`,
  EHOSTUNREACH: where => `there is no way to ${where}`,
  ENETUNREACH: where => `there is no way to ${where}`,
  ETIMEDOUT: where => `${where} does not answer: is it the right host, and reachable?`,
  ECONNRESET: where => `${where} cut the connection`,
  CERT_HAS_EXPIRED: where => `the certificate of ${where} has expired: the remote needs a new one`,
  ERR_TLS_CERT_ALTNAME_INVALID: (where, error) =>
    `the certificate of ${where} is for another name (${error.message}): say the name in tls.serverName`,
  DEPTH_ZERO_SELF_SIGNED_CERT: where => `the certificate of ${where} ${UNTRUSTED}`,
  SELF_SIGNED_CERT_IN_CHAIN: where => `the certificate of ${where} ${UNTRUSTED}`,
  UNABLE_TO_GET_ISSUER_CERT: where => `the certificate of ${where} ${UNTRUSTED}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: where => `the certificate of ${where} ${UNTRUSTED}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: where => `the certificate of ${where} ${UNTRUSTED}`,
  CERT_SIGNATURE_FAILURE: where => `the certificate of ${where} ${UNTRUSTED}`,
  ERR_SSL_WRONG_VERSION_NUMBER: where => `${where} does not speak TLS at this port: take its port for TLS, or leave tls out`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: where => `${where} does not speak TLS at this port: take its port for TLS, or leave tls out`,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: where => `${where} wants a certificate of ours: give tls.clientCertificate`,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: where =>
    `${where} does not trust our certificate: is tls.clientCertificate of an authority that it knows?`,
};

/** An error of the socket as somebody can use it. */
export function wordsOf(error: NodeJS.ErrnoException, target: Target): string {
  // Where a name has several addresses, each has failed; the first says as much as all.
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const where = targetText(target);
  return WORDS[first.code ?? '']?.(where, first) ?? `${where}: ${first.message}`;
}
