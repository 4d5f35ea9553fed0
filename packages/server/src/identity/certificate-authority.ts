import type { Denial, PeerCertificate } from '@angarium/transport';
import type { CertificateSpec } from './authentication-service.ts';
import type { Authority, Identity } from './authority.ts';

const NAMELESS: Denial = { kind: 'failure', why: 'the certificate does not name a user in the way that is asked for here' };

/** Certificates that name their user; who has issued them was checked by TLS. */
export function certificateAuthority({ userFrom, groupsFrom }: CertificateSpec): Authority {
  return {
    mechanisms: ['EXTERNAL'],
    certificate: certificate => {
      const user = userOf(certificate, userFrom);
      if (user === undefined) return NAMELESS;
      const groups = groupsFrom === undefined ? [] : valuesOf(certificate.subject, 'OU');
      return { user, subject: certificate.subject, groups } satisfies Identity;
    },
    close: () => {},
  };
}

function userOf({ commonName, subject, names }: PeerCertificate, from: CertificateSpec['userFrom']): string | undefined {
  switch (from) {
    case 'commonName':
      return commonName;
    case 'subject':
      return subject === '' ? undefined : subject;
    case 'email':
      return theOnly(names, isMailAddress);
    case 'uri':
      return theOnly(names, isUri);
    case 'dns':
      return theOnly(names, name => !isMailAddress(name) && !isUri(name));
    default:
      return from satisfies never;
  }
}

function theOnly(names: readonly string[], fits: (name: string) => boolean): string | undefined {
  const fitting = names.filter(fits);
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** A URI has a scheme, which neither a host name nor a mail address can be taken for. */
function isUri(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(name);
}

function isMailAddress(name: string): boolean {
  return name.includes('@') && !isUri(name);
}

/** Values of an attribute in a distinguished name (RFC 4514, section 3): `CN=ada,OU=a\, b+OU=c`. */
export function valuesOf(distinguishedName: string, attribute: string): string[] {
  return [...distinguishedName.matchAll(/(?:\\.|[^\\,+])+/gsu)]
    .map(([part]) => part)
    .filter(part => part.startsWith(`${attribute}=`))
    .map(part => unescaped(part.slice(attribute.length + 1)));
}

/** RFC 4514, section 2.4: a backslash before the character, or before two hexadecimal digits of its bytes in UTF-8. */
function unescaped(value: string): string {
  const bytes: Buffer[] = [];
  for (const [whole, hex, character] of value.matchAll(/\\([0-9A-Fa-f]{2})|\\(.)|[^\\]+/gsu))
    bytes.push(hex !== undefined ? Buffer.from(hex, 'hex') : Buffer.from(character ?? whole));
  return Buffer.concat(bytes).toString('utf8');
}
