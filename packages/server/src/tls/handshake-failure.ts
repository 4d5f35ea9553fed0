import type { TLSSocket } from 'node:tls';

/** A handshake that came to nothing, in words for the log. */
export interface HandshakeFailure {
  readonly why: string;
  /** What OpenSSL or Node call it. */
  readonly code: string;
}

/** By the codes of Node. What is not here is said in OpenSSL's words. */
const WORDS: Readonly<Record<string, string>> = {
  ERR_SSL_NO_SHARED_CIPHER: 'the client offers no cipher suite of tlsCiphers',
  ERR_SSL_HTTP_REQUEST: 'the client speaks HTTP without TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the client does not speak TLS',
  ERR_SSL_RECORD_LAYER_FAILURE: 'the client does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the client does not speak TLS',
  ERR_SSL_UNEXPECTED_MESSAGE: 'the client does not speak TLS as it should be',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the client presents no certificate (tlsClientCertificate)',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the client does not know the authority of our certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the client does not take our certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the client does not take our certificate',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'the client cannot handle our kind of certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'to the client, our certificate has expired',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the client does not speak a version of TLS that is spoken here',
  ECONNRESET: 'the client hung up',
};

/** By the codes of OpenSSL's checks of certificates. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it has signed itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not one of tlsClientCa',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not one of tlsClientCa',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not one of tlsClientCa',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not one of tlsClientCa',
  INVALID_PURPOSE: 'it is not for clients',
};

/** Why the handshake failed. `alpn` has the protocols that are spoken there. */
export function handshakeFailure(error: NodeJS.ErrnoException, socket: TLSSocket, alpn: readonly string[]): HandshakeFailure {
  // Node ends a connection of a client whose certificate is wrong without an error of its own.
  if (socket.authorizationError) return certificateFailure(socket);
  const code = error.code ?? 'unknown';
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') return { code, why: `the client offers ${versionWords(socket)} only (tlsVersionMin)` };
  if (code === 'ERR_SSL_NO_APPLICATION_PROTOCOL')
    return { code, why: `the client asks for other protocols than ${alpn.join(' and ')} (ALPN)` };
  return { code, why: WORDS[code] ?? (error as { reason?: string }).reason ?? error.message };
}

/** The client's certificate is wrong, and why. */
export function certificateFailure({ authorizationError }: TLSSocket): HandshakeFailure {
  const code = String((authorizationError as { code?: string }).code ?? authorizationError);
  return { code, why: `the client's certificate is not taken: ${CERTIFICATE_WORDS[code] ?? code}` };
}

/** Node says `TLSv1.1` and, of 1.0, `TLSv1`. */
function versionWords(socket: TLSSocket): string {
  const version = socket.getProtocol();
  if (version === null || version === 'unknown') return 'old versions of TLS';
  return version === 'TLSv1' ? 'TLS 1.0' : version.replace('TLSv', 'TLS ').replace('SSLv', 'SSL ');
}
