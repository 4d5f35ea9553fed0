import Type, { type Static, type TObject, type TOptional, type TSchema } from 'typebox';

const OF_TYPE = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description });
const oneOf = <const Name extends string>(names: readonly Name[], description: string) =>
  Type.Unsafe<Name>(
    Type.Union(
      names.map(name => Type.Literal(name)),
      { description },
    ),
  );
const optional = (description: string) => Type.Optional(text(description));
/** Over plain HTTP a stranger could put his own keys in: only this machine is asked so. */
const httpsUrl = (description: string) =>
  Type.String({
    pattern: '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/]).+',
    expected: 'a URL that begins with https:// (http:// for this machine alone)',
    maxLength: 2048,
    description,
  });
const timeoutMs = Type.Optional(
  Type.Integer({ minimum: 100, maximum: 60_000, description: 'How long it may take to answer, in milliseconds. Default: 5000.' }),
);
export const TIMEOUT_MS_DEFAULT = 5_000;

const BUILT_IN = Type.Object({ type: Type.Literal('built-in', { description: 'User documents alone.' }) }, OF_TYPE);

/** Of the console as a client of the provider, for people who sign in with a browser (OpenID Connect Core, section 3.1). */
const CONSOLE_CLIENT = Type.Object(
  {
    clientId: text('The id under which the console is registered at the provider.'),
    clientSecret: optional('Its secret, where it has one; it is never shown.'),
    scopes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[!#-\\[\\]-~]+$', maxLength: 255 }), {
        maxItems: 32,
        description:
          'What is asked for besides openid. Default: profile, and offline_access where the provider has that: then sessions go on when its tokens run out.',
      }),
    ),
    consent: Type.Optional(
      Type.Boolean({
        description:
          'Where offline_access is asked for: whether the provider shall ask people for their consent each time, as OpenID wants it. Default: true.',
      }),
    ),
    title: optional('What the sign-in page calls the provider. Default: the name of this document.'),
  },
  OF_TYPE,
);

const OIDC = Type.Object(
  {
    type: Type.Literal('oidc', { description: 'An OpenID provider, whose tokens are taken.' }),
    issuer: httpsUrl('The issuer, exactly as tokens name it.'),
    audience: Type.Union([text('Whom tokens have to be for.'), Type.Array(text('One of those whom tokens may be for.'), { minItems: 1 })]),
    jwksUri: Type.Optional(httpsUrl('Where its keys are; without it, the issuer is asked (OpenID Connect Discovery).')),
    userClaim: optional('The claim that names the user. Default: preferred_username, or else sub.'),
    groupsClaim: optional('The claim that lists groups; a dot leads into an object, as in realm_access.roles. Default: groups.'),
    requiredClaims: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Claims that have to be so; a list has to contain the value.',
      }),
    ),
    console: Type.Optional({
      ...CONSOLE_CLIENT,
      description: 'Lets people sign in to the console at the provider, as this client of it.',
    }),
    clockSkewSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 300, description: 'How far its clock may be from ours, in seconds. Default: 10.' }),
    ),
    timeoutMs,
  },
  OF_TYPE,
);

const LDAP = Type.Object(
  {
    type: Type.Literal('ldap', { description: 'A directory that is asked about names and passwords.' }),
    urls: Type.Array(Type.String({ pattern: '^ldaps?://.+', expected: 'a URL that begins with ldap:// or ldaps://' }), {
      minItems: 1,
      maxItems: 8,
      description: 'Its servers; the first that answers is asked.',
    }),
    startTls: Type.Optional(Type.Boolean({ description: 'Change to TLS on a connection that began without it.' })),
    ca: optional('Certificates of authorities, in PEM, by which the directory is known; without them, those of the system.'),
    bindDn: optional('Who searches the directory; without it, nobody in particular.'),
    bindPassword: optional('The password of bindDn; it is never shown.'),
    userSearchBase: text('Below which entry users are.'),
    userFilter: Type.String({
      pattern: '\\{user\\}',
      expected: 'a filter with {user} in it',
      maxLength: 4096,
      description: 'Which entry is the user’s, with {user} where the name stands, as in (uid={user}).',
    }),
    userAttribute: optional('The attribute that has the user’s name as it counts here, whatever case it was typed in. Default: uid.'),
    groupSearchBase: optional('Below which entry groups are; without it, there are none.'),
    groupFilter: optional('Which groups are the user’s, with {dn} or {user} in it. Default: (member={dn}).'),
    groupAttribute: optional('The attribute that has the group’s name. Default: cn.'),
    timeoutMs,
  },
  OF_TYPE,
);

const EXTERNAL_SASL = Type.Object(
  {
    type: Type.Literal('external-sasl', { description: 'An AMQP server that authenticates, and says who it was when a connection opens.' }),
    host: text('Its host.'),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'Its port.' }),
    tls: Type.Optional(
      Type.Object(
        {
          ca: optional('Certificates of authorities, in PEM, by which it is known; without them, those of the system.'),
          serverName: optional('The name that its certificate has to have; without it, the host.'),
        },
        { ...OF_TYPE, description: 'Connect with TLS.' },
      ),
    ),
    mechanisms: Type.Optional(
      Type.Array(oneOf(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN', 'OAUTHBEARER', 'XOAUTH2'], 'A mechanism of SASL.'), {
        minItems: 1,
        description: 'Mechanisms that clients are offered. Default: PLAIN.',
      }),
    ),
    timeoutMs,
  },
  OF_TYPE,
);

const CERTIFICATE = Type.Object(
  {
    type: Type.Literal('certificate', { description: 'Client certificates that name their user.' }),
    userFrom: oneOf(
      ['commonName', 'email', 'dns', 'uri', 'subject'],
      'What of a certificate is the user’s name: of several mail addresses, host names or URIs, none is.',
    ),
    groupsFrom: Type.Optional(Type.Literal('organizationalUnit', { description: 'What of a certificate names groups.' })),
  },
  OF_TYPE,
);

const OF_TYPES = { 'built-in': BUILT_IN, oidc: OIDC, ldap: LDAP, 'external-sasl': EXTERNAL_SASL, certificate: CERTIFICATE };
type ServiceType = keyof typeof OF_TYPES;

/** The spec of an AuthenticationService: the fields of all types, of which each has its own. */
export const AUTHENTICATION_SERVICE_SPEC = Type.Object(
  {
    type: Type.Unsafe<ServiceType>(
      Type.Union(
        Object.keys(OF_TYPES).map(type => Type.Literal(type)),
        { description: 'Who is asked.' },
      ),
    ),
    ...fieldsOfTypes(),
  },
  OF_TYPE,
);
export const AUTHENTICATION_SERVICE_SECRETS: readonly string[] = ['bindPassword', 'console.clientSecret'];

function fieldsOfTypes(): Record<string, TOptional<TSchema>> {
  const fields: Record<string, TOptional<TSchema>> = {};
  for (const [type, { properties }] of Object.entries(OF_TYPES))
    for (const [name, schema] of Object.entries<TSchema & { description?: string }>(properties)) {
      if (name === 'type') continue;
      const description = schema === timeoutMs ? schema.description : `Of type ${type}: ${schema.description ?? ''}`;
      fields[name] = Type.Optional({ ...schema, description });
    }
  return fields;
}

/** What a document of its type lacks, or has too much, in words. */
export function refuseAuthenticationService(spec: object): string | undefined {
  const { type } = spec as { type: ServiceType };
  const { properties, required } = OF_TYPES[type] as TObject;
  const lacking = required.find(name => !Object.hasOwn(spec, name));
  if (lacking !== undefined) return `An AuthenticationService of type ${type} needs the field ${lacking}.`;
  const foreign = Object.keys(spec).find(name => !Object.hasOwn(properties, name));
  return foreign === undefined ? undefined : `An AuthenticationService of type ${type} has no field ${foreign}.`;
}

export type AuthenticationServiceSpec = Static<(typeof OF_TYPES)[ServiceType]>;
export type OidcSpec = Static<typeof OIDC>;
export type ConsoleClient = Static<typeof CONSOLE_CLIENT>;
export type LdapSpec = Static<typeof LDAP>;
export type ExternalSaslSpec = Static<typeof EXTERNAL_SASL>;
export type CertificateSpec = Static<typeof CERTIFICATE>;
