import { AMQP_LIMITS, type AmqpLimits } from '@angarium/head-amqp';
import { HTTP_LIMITS, type HttpLimits } from '@angarium/head-http';
import { MQTT_LIMITS, type MqttLimits } from '@angarium/head-mqtt';
import type { ScramMechanism } from '@angarium/transport';
import Type, { type Static, type TOptional, type TSchema, type TString } from 'typebox';
import { NAMED_ADDRESS_SPEC } from './address-schema.ts';
import { parseDuration } from './duration.ts';
import type { SessionTimes } from './identity/web-sessions.ts';
import { limitOptions, limitsOf } from './limit-options.ts';
import { LOG_LEVELS_OF_PARTS } from './log-level-schema.ts';
import { TLS_LIMITS } from './tls/tls-limits.ts';
import { CERTIFICATES_OPTION, TLS_OPTIONS } from './tls/tls-options.ts';

/**
 * Every option of the server, once: name, type, default and description. The check of configuration files, the flags and
 * environment variables, `angarium up --help` and docs/reference/configuration.md are all made from this table.
 *
 * An option `dataDir` is the flag `--data-dir`, the variable `ANGARIUM_DATA_DIR`, and the key `dataDir` of the file.
 * `placeholder` stands for the value in help; `expected` says in words what a pattern means; `fileOnly` options have neither flag nor variable.
 */
const durationPattern = '^\\d+(ms|s|m|h)$';
const durationExpected = 'a number with a unit, such as 500ms, 10s, 5m or 1h';

/** The least that a limit of a head can be, where that is not 1: for AMQP part 2, section 2.4.2 and 2.7.1; 0 for never, or none. */
const AMQP_LIMIT_MINIMUM: Partial<Record<keyof AmqpLimits, number>> = { frameSizeBytesMax: 512, channelMax: 0, idleTimeoutMs: 0 };
const MQTT_LIMIT_MINIMUM: Partial<Record<keyof MqttLimits, number>> = { topicAliasMaximum: 0, keepAliveSecondsMax: 0 };
const HTTP_LIMIT_MINIMUM: Partial<Record<keyof HttpLimits, number>> = { bodyBytesMax: 1024, headerBytesMax: 1024 };

function listenOption(value: string, description: string): TString {
  return Type.String({
    default: value,
    pattern: '^(off|(.+:)?\\d{1,5})$',
    expected: '[HOST:]PORT, or off',
    placeholder: '[HOST:]PORT',
    description,
  });
}

function scramOption(mechanism: ScramMechanism): TOptional<TString> {
  return Type.Optional(
    Type.String({
      pattern: `^${mechanism}\\$`,
      expected: `credentials for ${mechanism} as \`angarium user hash-password\` prints them`,
      description: `For clients that log in by ${mechanism}, without sending the password: \`angarium user hash-password\` makes them.`,
    }),
  );
}

export const CONFIGURATION = Type.Object(
  {
    amqp: listenOption(
      '127.0.0.1:5672',
      'Where AMQP 1.0 listens. Port 0 takes a free one; off switches AMQP off. Without a host: 127.0.0.1.',
    ),
    amqps: listenOption('off', 'Where AMQP 1.0 listens with TLS; the usual port is 5671.'),
    mqtt: listenOption(
      '127.0.0.1:1883',
      'Where MQTT 3.1.1 and 5.0 listen. Port 0 takes a free one; off switches MQTT off. Without a host: 127.0.0.1.',
    ),
    mqtts: listenOption('off', 'Where MQTT 3.1.1 and 5.0 listen with TLS; the usual port is 8883.'),
    http: listenOption(
      '127.0.0.1:8080',
      'Where the HTTP API and the health checks listen. Port 0 takes a free one; off switches HTTP off.',
    ),
    https: listenOption('off', 'Where the HTTP API and the health checks listen with TLS, such as 8443.'),
    ...TLS_OPTIONS,
    dataDir: Type.String({
      default: './data',
      minLength: 1,
      placeholder: 'FOLDER',
      description: 'Where messages and addresses are kept. One server at a time can use it.',
    }),
    allowAnonymous: Type.Boolean({
      default: false,
      description:
        'Let anybody in without a password, from other machines too. Otherwise anonymous access is for this machine, until somebody may administer the server.',
    }),
    spaceDomain: Type.String({
      default: '',
      pattern: '^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)?$',
      expected: 'a domain name, such as messaging.example.com',
      placeholder: 'DOMAIN',
      description:
        'A client that calls the server NAME.DOMAIN means the address space NAME; empty: names of hosts and of address spaces are alike.',
    }),
    signInIdleTimeout: Type.String({
      default: '1h',
      pattern: durationPattern,
      expected: durationExpected,
      placeholder: 'TIME',
      description:
        'How long somebody who has signed in with a browser may ask for nothing, and have nothing open, before he has to sign in again.',
    }),
    signInLifetime: Type.String({
      default: '12h',
      pattern: durationPattern,
      expected: durationExpected,
      placeholder: 'TIME',
      description:
        'How long somebody who has signed in with a browser may stay at all; less, where what has proved who he is runs out before.',
    }),
    autoCreate: Type.Boolean({
      default: true,
      description:
        'Create an address that does not exist when a client attaches to it: of the type that the client asks for, else a queue.',
    }),
    addressesMax: Type.Integer({ default: 100_000, minimum: 1, placeholder: 'N', description: 'Most addresses of one address space.' }),
    connectionsMax: Type.Integer({
      default: 10_000,
      minimum: 1,
      placeholder: 'N',
      description: 'Most connections at one time of each endpoint for AMQP or MQTT, with TLS or without; more are closed at once.',
    }),
    statusInterval: Type.String({
      default: '10s',
      pattern: '^(off|\\d+(ms|s|m|h))$',
      expected: `${durationExpected}, or off`,
      placeholder: 'TIME',
      description:
        'How often what has changed is published below $angarium/ while somebody subscribes, at least 100ms; off: there are no such topics.',
    }),
    drainTimeout: Type.String({
      default: '10s',
      pattern: durationPattern,
      expected: durationExpected,
      placeholder: 'TIME',
      description: 'How long stopping waits for peers to close their connections.',
    }),
    httpHosts: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      placeholder: 'NAME,…',
      description: 'Names, besides localhost and IP addresses, by which anonymous clients may call the HTTP API.',
    }),
    webhookAllowPrivate: Type.Boolean({
      default: false,
      description: 'Let webhooks lead to this machine and to private networks too, and not to public addresses alone.',
    }),
    logLevel: Type.Union(
      [Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error'), Type.Literal('silent')],
      {
        default: 'info',
        placeholder: 'LEVEL',
        description: 'The least important lines that are written to the log on standard error: debug, info, warn, error or silent.',
      },
    ),
    logLevels: Type.Partial(Type.Object(LOG_LEVELS_OF_PARTS, { additionalProperties: false }), {
      default: {},
      fileOnly: true,
      description: 'The level of a part of the server, where that is another one than logLevel.',
    }),
    logFormat: Type.Union([Type.Literal('auto'), Type.Literal('text'), Type.Literal('json')], {
      default: 'auto',
      placeholder: 'FORMAT',
      description: 'text for people, json for programs; auto: text on a terminal, json otherwise.',
    }),
    metricsOpen: Type.Boolean({
      default: false,
      description: 'Let anybody who can reach the server read /metrics, without a password.',
    }),
    metricsSpacesMax: Type.Integer({
      default: 1000,
      minimum: 0,
      placeholder: 'N',
      description: 'Most address spaces with metrics of their own at /metrics; those beyond are told together.',
    }),
    metricsAddressesMax: Type.Integer({
      default: 1000,
      minimum: 0,
      placeholder: 'N',
      description: 'Most addresses with metrics of their own at /metrics; those beyond are told together.',
    }),
    tracingEndpoint: Type.String({
      default: 'off',
      pattern: '^(off|https?://[^\\s]+)$',
      expected: 'a URL such as http://localhost:4318/v1/traces, or off',
      placeholder: 'URL',
      description: 'Where spans of messages are sent to, in OTLP over HTTP; off: there are none.',
    }),
    tracingOneIn: Type.Integer({
      default: 0,
      minimum: 0,
      placeholder: 'N',
      description:
        'Of the messages that belong to no trace one in so many begins one; 0: none. Those that belong to one have spans when their sender samples it.',
    }),
    tracingPerSecond: Type.Integer({
      default: 100,
      minimum: 1,
      placeholder: 'N',
      description: 'Most traces that messages begin in a second, whatever tracingOneIn says.',
    }),
    tracingHeaders: Type.Array(
      Type.Object(
        {
          name: Type.String({
            pattern: "^[\\w!#$%&'*+.^`|~-]+$",
            expected: 'the name of a header field',
            description: 'The name of a header field.',
          }),
          value: Type.String({ description: 'Its value, such as a token.' }),
        },
        { additionalProperties: false },
      ),
      { default: [], fileOnly: true, description: 'What requests to tracingEndpoint carry besides.' },
    ),
    ...limitOptions('amqp', AMQP_LIMITS, AMQP_LIMIT_MINIMUM),
    ...limitOptions('mqtt', MQTT_LIMITS, MQTT_LIMIT_MINIMUM),
    ...limitOptions('http', HTTP_LIMITS, HTTP_LIMIT_MINIMUM),
    ...limitOptions('tls', TLS_LIMITS, {}),
    users: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 255, description: 'The name as clients give it.' }),
          passwordHash: Type.String({
            pattern: '^\\$argon2id\\$',
            expected: 'an argon2id hash as `angarium user hash-password` prints it',
            description: 'argon2id in PHC form, for clients that send the password: `angarium user hash-password` makes one.',
          }),
          scramSha256: scramOption('SCRAM-SHA-256'),
          scramSha512: scramOption('SCRAM-SHA-512'),
        },
        { additionalProperties: false },
      ),
      {
        default: [],
        fileOnly: true,
        description: 'Who may connect. As soon as there is one, nobody is anonymous unless allowAnonymous is set.',
      },
    ),
    certificates: CERTIFICATES_OPTION,
    addresses: Type.Array(NAMED_ADDRESS_SPEC, {
      default: [],
      fileOnly: true,
      description: 'Addresses that are declared at every start; those that exist already stay as they are.',
    }),
  },
  { additionalProperties: false },
);

export type Configuration = Static<typeof CONFIGURATION>;

/** One option as flags, help and the reference page need it. */
export interface ConfigurationOption {
  readonly name: string;
  /** Without the leading dashes: `data-dir`. */
  readonly flag: string | undefined;
  readonly variable: string | undefined;
  readonly kind: 'string' | 'integer' | 'boolean' | 'list' | 'objects';
  readonly default: unknown;
  readonly placeholder: string;
  readonly description: string;
  readonly schema: TSchema;
}

export function configurationOptions(): ConfigurationOption[] {
  return Object.entries(CONFIGURATION.properties).map(([name, schema]) => {
    const annotations = schema as { default?: unknown; placeholder?: string; description?: string; fileOnly?: boolean; type?: string };
    const words = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    return {
      name,
      flag: annotations.fileOnly ? undefined : words,
      variable: annotations.fileOnly ? undefined : `ANGARIUM_${words.replaceAll('-', '_').toUpperCase()}`,
      kind: kindOf(annotations),
      default: annotations.default,
      placeholder: annotations.placeholder ?? '',
      description: annotations.description ?? '',
      schema,
    };
  });
}

function kindOf(schema: { type?: string; fileOnly?: boolean }): ConfigurationOption['kind'] {
  if (schema.type === 'integer' || schema.type === 'boolean') return schema.type;
  if (schema.fileOnly) return 'objects';
  if (schema.type === 'array') return 'list';
  return 'string';
}

export function defaultConfiguration(): Configuration {
  const values = configurationOptions().map(option => [option.name, structuredClone(option.default)]);
  return Object.fromEntries(values) as Configuration;
}

/** The limits of the heads as the configuration has them. */
export function amqpLimitsOf(configuration: Configuration): AmqpLimits {
  return limitsOf('amqp', AMQP_LIMITS, configuration);
}

export function mqttLimitsOf(configuration: Configuration): MqttLimits {
  return limitsOf('mqtt', MQTT_LIMITS, configuration);
}

export function httpLimitsOf(configuration: Configuration): HttpLimits {
  return limitsOf('http', HTTP_LIMITS, configuration);
}

export function sessionTimesOf({ signInIdleTimeout, signInLifetime }: Configuration): SessionTimes {
  return { idleMs: parseDuration(signInIdleTimeout)!, lifetimeMs: parseDuration(signInLifetime)! };
}
