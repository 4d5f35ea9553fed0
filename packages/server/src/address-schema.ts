import { ADDRESS_TYPES, type AddressType, ALIASES_MAX, BINDINGS_MAX, DIVERTS_MAX, SPEC_FIELDS } from '@angarium/core';
import Type, { type Static, type TObject, type TProperties } from 'typebox';

/**
 * The specification of an address and of a plan, once: the check of API requests and configuration files, OpenAPI, and
 * docs/reference/address.md are made from this. Which type takes which field, and what goes together, is the core's to say.
 */
const count = (description: string) => Type.Integer({ minimum: 1, description });
const milliseconds = (description: string) => Type.Integer({ minimum: 1, description: `${description} Milliseconds.` });
const bytes = (description: string) => Type.Integer({ minimum: 1, description: `${description} Bytes.` });
const name = (description: string) => Type.String({ minLength: 1, description });

function optional<Properties extends TProperties>(properties: Properties, description: string) {
  return Type.Optional(Type.Object(properties, { additionalProperties: false, minProperties: 1, description }));
}

const typeNames = Object.keys(ADDRESS_TYPES).map(type => Type.Literal(type));
export const ADDRESS_TYPE = Type.Unsafe<AddressType>(Type.Union(typeNames, { description: 'What the address does with messages.' }));

/** What a plan may say too. */
const PLANNED_FIELDS = {
  messagesMax: Type.Optional(count('Most messages stored (of a topic: for each subscription); producers get no credit beyond.')),
  bytesMax: Type.Optional(bytes('Most bytes stored (of a topic: for each subscription); producers get no credit beyond.')),
  messageSizeBytesMax: Type.Optional(bytes('Largest message taken.')),
  overflow: Type.Optional(
    Type.Union([Type.Literal('block'), Type.Literal('reject'), Type.Literal('drop-oldest')], {
      description:
        'What a full address does: block withholds credit (as where nothing is said), reject refuses what comes, drop-oldest gives up its oldest messages.',
    }),
  ),
  consumersMax: Type.Optional(count('Most consumers at a time (of a topic: of each subscription); further ones are refused.')),
  ttlDefaultMs: Type.Optional(milliseconds('Time to live of messages that say none.')),
  ttlMaxMs: Type.Optional(milliseconds('Longest time to live: longer ones, and none, are cut to it.')),
  redelivery: optional(
    {
      attemptsMax: Type.Optional(count('Deliveries that may fail, the first one included; then the message is a dead letter.')),
      delayMs: Type.Optional(Type.Integer({ minimum: 0, description: 'Before the first redelivery. Milliseconds.' })),
      multiplier: Type.Optional(Type.Number({ minimum: 1, maximum: 100, description: 'Each delay is this many times the one before.' })),
      delayMaxMs: Type.Optional(milliseconds('The longest delay.')),
      jitter: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'The share of each delay that is left to chance.' })),
    },
    'What happens after a failed delivery.',
  ),
  deadLetter: Type.Optional(
    name(
      'The address that rejected messages go to, and those whose attempts are used up; without it they are removed, counted and reported.',
    ),
  ),
  expiry: Type.Optional(name('The address that expired messages go to; without it they are removed, counted and reported.')),
  breaker: Type.Optional(
    Type.Object(
      {
        failures: count('Rejected and failed deliveries in a row that open the breaker.'),
        pauseMs: milliseconds('How long deliveries pause then; afterwards one message is tried.'),
      },
      {
        additionalProperties: false,
        description: 'Pauses deliveries when nearly everything is being rejected; of a topic those of the one subscription.',
      },
    ),
  ),
  consumers: Type.Optional(
    Type.Union([Type.Literal('competing'), Type.Literal('single-active')], {
      description:
        'competing: all consumers share the messages; single-active: the first has all, and the next takes over when it leaves. Of a topic: the consumers of each shared subscription.',
    }),
  ),
  lastValueKey: Type.Optional(name('Of the messages with the same value of this property only the newest is kept.')),
  nonDestructive: Type.Optional(Type.Boolean({ description: 'Consumers see every message, and take none away.' })),
  fairKey: Type.Optional(
    name('Consumers are served in turn from the messages of each value of this property, whatever one producer floods.'),
  ),
  duplicates: Type.Optional(
    Type.Object(
      {
        windowMs: milliseconds('How long message ids are remembered.'),
        idsMax: Type.Optional(count('Most ids remembered; 100,000 where nothing is said.')),
      },
      {
        additionalProperties: false,
        description:
          'A message whose id was seen within the window is acknowledged, and not stored again. The id is the property _AMQ_DUPL_ID, the message-id (over HTTP angarium-message-id), or an MQTT user property message-id; messages of different names below a topic are different.',
      },
    ),
  ),
  bindings: Type.Optional(
    Type.Array(name('Levels between slashes; + is any one level, # at the end all further ones.'), {
      maxItems: BINDINGS_MAX,
      description: 'The queue or stream gets what these patterns match, from all topics of the space.',
    }),
  ),
  diverts: Type.Optional(
    Type.Array(
      Type.Object(
        {
          to: name('The address that the messages go to.'),
          selector: Type.Optional(Type.String({ minLength: 1, description: 'Which messages; all, where nothing is said.' })),
          move: Type.Optional(Type.Boolean({ description: 'The address itself does not get them.' })),
        },
        { additionalProperties: false },
      ),
      { maxItems: DIVERTS_MAX, description: 'Incoming messages that go elsewhere too, or instead.' },
    ),
  ),
  retention: optional(
    {
      ageMs: Type.Optional(milliseconds('What is older goes.')),
      bytesMax: Type.Optional(bytes('What is beyond goes, the oldest first.')),
      messagesMax: Type.Optional(count('What is beyond goes, the oldest first.')),
    },
    'How much is kept.',
  ),
};

const ADDRESS_FIELDS = {
  type: ADDRESS_TYPE,
  plan: Type.Optional(name('The plan whose fields hold where this specification says nothing.')),
  ...PLANNED_FIELDS,
  aliases: Type.Optional(Type.Array(name('A name.'), { maxItems: ALIASES_MAX, description: 'Further names of this address.' })),
};

/** What an address shall be: the `spec` of its document. */
export const ADDRESS_SPEC = Type.Object(ADDRESS_FIELDS, { additionalProperties: false });

/** An entry of `addresses` in the configuration. */
export const NAMED_ADDRESS_SPEC = Type.Object(
  { name: name('The name of the address.'), ...ADDRESS_FIELDS },
  { additionalProperties: false },
);

/** What holds for addresses that name the plan: the `spec` of its document. */
export const PLAN_SPEC = Type.Object(PLANNED_FIELDS, { additionalProperties: false });

/** Every field of a specification with the types of address that take it, for help and the reference page. */
export function specFields(): { readonly field: string; readonly types: readonly string[]; readonly schema: SpecFieldSchema }[] {
  return fieldsOf(ADDRESS_SPEC as TObject, '', undefined);
}

export interface SpecFieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly { readonly const: string }[];
}

type SpecFields = ReturnType<typeof specFields>;

function fieldsOf(schema: TObject, prefix: string, inherited: readonly string[] | undefined): SpecFields {
  return Object.entries(schema.properties).flatMap(([key, property]) => {
    const types = inherited ?? (SPEC_FIELDS as Readonly<Record<string, readonly string[]>>)[key] ?? SPEC_FIELDS.aliases;
    const { properties, items } = property as { properties?: object; items?: { properties?: object } };
    const own = { field: `${prefix}${key}`, types, schema: property as SpecFieldSchema };
    if (properties) return [own, ...fieldsOf(property as TObject, `${prefix}${key}.`, types)];
    if (items?.properties) return [own, ...fieldsOf(items as TObject, `${prefix}${key}[].`, types)];
    return [own];
  });
}

export type AddressSpecDocument = Static<typeof ADDRESS_SPEC>;
export type PlanSpecDocument = Static<typeof PLAN_SPEC>;
