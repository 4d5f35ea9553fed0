import type { X509Certificate } from 'node:crypto';

/** A name of a certificate's extension for further names of its subject (RFC 5280, section 4.2.1.6). */
export interface SubjectName {
  /** As Node prints it: `DNS`, `email`, `URI`, `IP Address`, and others. */
  readonly kind: string;
  readonly value: string;
}

/** One name of `DNS:localhost, URI:"urn:a\u002c b", IP Address:127.0.0.1`: Node quotes a value as JSON where it could be taken for something else. */
const NAME = /(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)/gy;

/** The names of the extension, in its order. */
export function subjectNames(certificate: X509Certificate): SubjectName[] {
  return [...(certificate.subjectAltName ?? '').matchAll(NAME)].map(([, kind, value]) => ({
    kind: kind!,
    value: value!.startsWith('"') ? String(JSON.parse(value!)) : value!,
  }));
}

/**
 * A distinguished name as RFC 4514 writes it: `CN=ada,OU=Sales,O=Acme`. Node gives one relative name a line, in the order of the certificate, which RFC 4514
 * turns round; its values are escaped already. Where the certificate has no subject, Node has none either.
 */
export function distinguishedName(name: string | undefined): string {
  return (name ?? '')
    .split('\n')
    .reverse()
    .map(relative => relative.split(' + ').reverse().join('+'))
    .join(',');
}

/** SHA-256 of the certificate, in hexadecimal without colons. */
export function fingerprint(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}
