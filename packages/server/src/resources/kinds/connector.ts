import { CONNECTOR_DEFAULTS, type ConnectorSpec, FAILOVER_MAX, refuseConnectorSpec } from '@angarium/head-amqp';
import Type, { type Static } from 'typebox';
import { count } from '../condition.ts';
import type { Kind } from '../kind.ts';
import { Problem } from '../problem.ts';
import { linkPhase, linkSpec, linkStatus, shownStatus } from './link-status.ts';

const { backoff, idleTimeoutMs } = CONNECTOR_DEFAULTS;
const text = (description: string) => Type.String({ minLength: 1, maxLength: 255, description });
const pem = (description: string) => Type.String({ minLength: 1, maxLength: 1_000_000, description });
const milliseconds = (description: string, minimum: number) =>
  Type.Optional(Type.Integer({ minimum, maximum: 86_400_000, description: `${description} Milliseconds.` }));

const HOST = {
  host: text('Name or address of the remote server.'),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: '5671 with TLS and 5672 without, where nothing is said.' })),
};

const TLS = Type.Object(
  {
    ca: Type.Optional(
      pem('Certificates of the authorities that are trusted, as PEM; the ones that everybody trusts, where nothing is said.'),
    ),
    serverName: Type.Optional(text('The name that the certificate of the remote has to be for, where it is not the host.')),
    clientCertificate: Type.Optional(
      Type.Object(
        {
          certificate: pem('Our certificate, with those between it and its authority, as PEM.'),
          key: pem('Its key, as PEM; it is never shown.'),
        },
        { additionalProperties: false, description: 'What we show the remote.' },
      ),
    ),
    insecure: Type.Optional(Type.Boolean({ description: 'Whoever answers is believed: for tests alone.' })),
  },
  { additionalProperties: false, description: 'Speak TLS; without it messages and passwords travel unencrypted.' },
);

const CREDENTIALS = Type.Object(
  { user: text('Of the remote server.'), password: Type.String({ maxLength: 4096, description: 'It is never shown.' }) },
  { additionalProperties: false, description: 'Who we are there; nobody, or whom the certificate says, where nothing is said.' },
);

const MECHANISMS = ['ANONYMOUS', 'EXTERNAL', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

const BACK_OFF = Type.Object(
  {
    initialMs: milliseconds(`Before the second attempt; ${backoff.initialMs} where nothing is said.`, 1),
    maxMs: milliseconds(`The longest delay; ${backoff.maxMs} where nothing is said.`, 1),
    multiplier: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 100,
        description: `Each delay is this many times the one before; ${backoff.multiplier} where nothing is said.`,
      }),
    ),
    jitter: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: `The share of each delay that is left to chance; ${backoff.jitter} where nothing is said.`,
      }),
    ),
  },
  { additionalProperties: false, description: 'How long it is waited between attempts.' },
);

const SPEC = Type.Object(
  {
    ...HOST,
    failover: Type.Optional(
      Type.Array(Type.Object(HOST, { additionalProperties: false }), {
        maxItems: FAILOVER_MAX,
        description: 'Tried in this order when the host cannot be had.',
      }),
    ),
    tls: Type.Optional(TLS),
    credentials: Type.Optional(CREDENTIALS),
    mechanism: Type.Optional(
      Type.Unsafe<(typeof MECHANISMS)[number]>(
        Type.Union(
          MECHANISMS.map(name => Type.Literal(name)),
          { description: 'How we log in; the strongest way that is offered, where nothing is said.' },
        ),
      ),
    ),
    hostname: Type.Optional(
      text('The tenant of the remote server that is meant, as AMQP’s open says it; the host, where nothing is said.'),
    ),
    idleTimeoutMs: milliseconds(
      `Nothing coming for so long ends the connection; ${idleTimeoutMs} where nothing is said, and 0 for never.`,
      0,
    ),
    backoff: Type.Optional(BACK_OFF),
    ...linkSpec,
  },
  { additionalProperties: false },
);

/** The schema and what connectors take say the same. */
const asConnectorSpec = (spec: Static<typeof SPEC>): ConnectorSpec => spec;

/** A connection that the server opens itself. */
export const CONNECTOR: Kind = {
  kind: 'Connector',
  plural: 'connectors',
  scope: 'space',
  description: 'A connection that the server opens to a remote AMQP 1.0 server, and keeps; forwarders use it.',
  secrets: ['credentials.password', 'tls.clientCertificate.key'],
  spec: SPEC,
  status: Type.Object({
    ...linkStatus,
    phase: linkPhase,
    host: Type.String({ description: 'The host that is connected, or was tried last.' }),
    remote: Type.Optional(
      Type.Object(
        {
          container: Type.String({ description: 'Its container id.' }),
          product: Type.Optional(Type.String({ description: 'What it says it is.' })),
          version: Type.Optional(Type.String({ description: 'Of what version.' })),
          host: Type.String({ description: 'Where.' }),
        },
        { description: 'What the remote says of itself, while it is connected.' },
      ),
    ),
    forwarders: Type.Object(
      { total: count('Forwarders that use it.'), active: count('Those that work.') },
      { description: 'Forwarders of it.' },
    ),
  }),
  refuse: ({ spec }) => {
    const why = refuseConnectorSpec(asConnectorSpec(spec as Static<typeof SPEC>));
    return why === undefined ? undefined : new Problem('resource-invalid', `The connector cannot be like this: ${why}.`);
  },
  refuseEnd: ({ space, name }, { broker }, { force }) => {
    const users = [...broker.resources.all('Forwarder', space).values()].filter(({ spec }) => spec.connector === name);
    if (force || users.length === 0) return undefined;
    const description = `The connector ${name} is used by ${users.length} forwarders (${users[0]!.name} …): delete them first, or delete it with force.`;
    return new Problem('resource-in-use', description);
  },
  show: ({ space, name }, { connectors }) => shownStatus(connectors?.connectors.status({ name: space }, name)),
};
