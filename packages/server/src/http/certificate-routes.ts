import Type, { type Static } from 'typebox';
import { distinguishedName, fingerprint } from '../tls/certificate-facts.ts';
import type { ServerCertificate } from '../tls/certificate-file.ts';
import { API_PREFIX, API_VERSION, list } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER } from './problem.ts';

const CERTIFICATE = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('Certificate'),
    metadata: Type.Object({ name: Type.String() }),
    status: Type.Object({
      names: Type.Array(Type.String(), { description: 'The server names (SNI) that it is for.' }),
      subject: Type.String({ description: 'Whom it is made out to (RFC 4514).' }),
      issuer: Type.String({ description: 'The authority that has signed it (RFC 4514).' }),
      validFrom: Type.String({ format: 'date-time' }),
      expires: Type.String({ format: 'date-time', description: 'When it, or one that leads to its authority, is good no more.' }),
      fingerprint: Type.String({ description: 'SHA-256, in hexadecimal.' }),
      clientAuthorities: Type.Boolean({ description: 'Whether there are authorities for certificates of clients.' }),
    }),
  },
  { $id: 'Certificate', description: 'A certificate that the server shows clients.' },
);

type CertificateDocument = Static<typeof CERTIFICATE>;

/** What TLS is spoken with; `certificates` gives those in use now. */
export function certificateRoutes(app: HttpApp, certificates: () => readonly ServerCertificate[]): void {
  app.addSchema(CERTIFICATE);
  app.addSchema(list('CertificateList', Type.Unsafe<CertificateDocument>({ $ref: 'Certificate#', type: 'object' })));
  app.get(
    `${API_PREFIX}/certificates`,
    {
      schema: {
        operationId: 'listCertificates',
        summary: 'List the certificates of the endpoints with TLS; the first is for clients that ask for no other name',
        tags: ['server'],
        response: { 200: { description: 'The certificates.', $ref: 'CertificateList#' }, default: PROBLEM_ANSWER },
      },
    },
    (_request, reply) =>
      reply.send({ apiVersion: API_VERSION, kind: 'CertificateList', metadata: {}, items: certificates().map(certificateDocument) }),
  );
}

function certificateDocument({ entry, names, leaf, expiresMs, clientCa }: ServerCertificate): CertificateDocument {
  return {
    apiVersion: API_VERSION,
    kind: 'Certificate',
    metadata: { name: entry.name },
    status: {
      names: [...names],
      subject: distinguishedName(leaf.subject),
      issuer: distinguishedName(leaf.issuer),
      validFrom: leaf.validFromDate.toISOString(),
      expires: new Date(expiresMs).toISOString(),
      fingerprint: fingerprint(leaf),
      clientAuthorities: clientCa !== undefined,
    },
  };
}
