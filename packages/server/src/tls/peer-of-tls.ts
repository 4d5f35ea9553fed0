import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type Peer, type PeerCertificate, peerOf } from '@angarium/transport';
import { distinguishedName, fingerprint, subjectNames } from './certificate-facts.ts';

/** Kinds of further names that say who a client is; addresses and directory names do not. */
const IDENTIFYING = new Set(['DNS', 'email', 'URI']);

/** A socket as much of it as is asked; that of a request over HTTP/2 is a stand-in for the real one. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly encrypted?: boolean | undefined;
}

/** Where a connection comes from; over TLS with the server's name that the client asked for, and with its certificate when that was verified. */
export function peerOfTls(socket: PeerSocket): Peer {
  const peer = peerOf(socket.remoteAddress, socket.remotePort);
  if (socket.encrypted !== true) return peer;
  const { servername, authorized, getPeerX509Certificate } = socket as TLSSocket;
  // A resumed session counts as authorized without a certificate: both have to be there.
  const certificate = authorized ? getPeerX509Certificate.call(socket as TLSSocket) : undefined;
  return {
    ...peer,
    tls: {
      // Node says false or null where the client asked for none.
      ...(servername ? { serverName: servername.toLowerCase() } : undefined),
      ...(certificate && { certificate: factsOf(certificate) }),
    },
  };
}

function factsOf(certificate: X509Certificate): PeerCertificate {
  const commonName: unknown = certificate.toLegacyObject().subject?.CN;
  return {
    subject: distinguishedName(certificate.subject),
    // Of several, none is the name.
    ...(typeof commonName === 'string' && { commonName }),
    names: subjectNames(certificate)
      .filter(({ kind }) => IDENTIFYING.has(kind))
      .map(({ value }) => value),
    fingerprint: fingerprint(certificate),
    expiresMs: certificate.validToDate.getTime(),
  };
}
