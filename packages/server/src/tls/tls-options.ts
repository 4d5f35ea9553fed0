import Type from 'typebox';

/**
 * Suites that are taken when nobody says otherwise: forward secrecy by ECDHE and authenticated encryption alone, so neither CBC nor static RSA. Those
 * of AES with 128 bits come first, since they cost least where the processor knows AES; a client that puts ChaCha20 first has one that does not, and gets it.
 */
const CIPHERS_DEFAULT = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const NAME_PATTERN = '^(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$';

/** What every endpoint with TLS has in common. */
export const TLS_OPTIONS = {
  tlsCertificate: Type.String({
    default: '',
    placeholder: 'FILE',
    description:
      'The certificate of the endpoints with TLS, and after it those that lead to its authority (PEM). Read again whenever it changes, and on SIGHUP. `angarium certificate dev` makes one to begin with.',
  }),
  tlsKey: Type.String({ default: '', placeholder: 'FILE', description: 'The private key of the certificate (PEM, not encrypted).' }),
  tlsClientCa: Type.String({
    default: '',
    placeholder: 'FILE',
    description: 'The authorities (PEM) whose certificates clients may present.',
  }),
  tlsClientCertificate: Type.Union([Type.Literal('none'), Type.Literal('request'), Type.Literal('require')], {
    default: 'request',
    placeholder: 'MODE',
    description:
      'Whether clients are asked for a certificate where there are authorities for it: none: never; request: they may present one, which has to be right; require: nobody comes in without.',
  }),
  tlsVersionMin: Type.Union([Type.Literal('1.2'), Type.Literal('1.3')], {
    default: '1.2',
    placeholder: 'VERSION',
    description: 'The lowest version of TLS that is spoken.',
  }),
  tlsCiphers: Type.String({
    default: CIPHERS_DEFAULT,
    minLength: 1,
    placeholder: 'LIST',
    description: 'The cipher suites, best first, as OpenSSL names them.',
  }),
};

/** Certificates by the name that the client asks for. */
export const CERTIFICATES_OPTION = Type.Array(
  Type.Object(
    {
      names: Type.Optional(
        Type.Array(
          Type.String({ pattern: NAME_PATTERN, expected: 'a host name, or one that begins with *. for any name one label longer' }),
          { minItems: 1, description: 'The server names (SNI) that it is for; without them, the names that it is made out to.' },
        ),
      ),
      certificate: Type.String({ minLength: 1, description: 'Like `tlsCertificate`.' }),
      key: Type.String({ minLength: 1, description: 'Like `tlsKey`.' }),
      clientCa: Type.Optional(Type.String({ minLength: 1, description: 'In place of `tlsClientCa`.' })),
    },
    { additionalProperties: false },
  ),
  {
    default: [],
    fileOnly: true,
    description:
      'Certificates for clients that ask for a server by name: an exact name counts more than one with `*`, and for all other names there is `tlsCertificate`, or else the first of these.',
  },
);
