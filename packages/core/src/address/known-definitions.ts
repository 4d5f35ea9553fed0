import type { Metadata } from '../resource/metadata.ts';
import type { AddressSpec } from './address.ts';
import type { PlanSpec } from './address-plans.ts';
import type { Definition } from './definition.ts';

/** Every field of T, with the fields of its own where it has some that are known. */
type FieldsOf<T> = { readonly [Name in keyof Required<T>]: KnownIn<NonNullable<T[Name]>> };
type KnownIn<Value> = Value extends readonly (infer Item)[]
  ? KnownIn<Item>
  : Value extends object
    ? string extends keyof Value
      ? true
      : FieldsOf<Value>
    : true;
type FieldTable = { readonly [name: string]: true | FieldTable };

const PLAN_SPEC: FieldsOf<PlanSpec> = {
  messagesMax: true,
  bytesMax: true,
  messageSizeBytesMax: true,
  overflow: true,
  consumersMax: true,
  ttlDefaultMs: true,
  ttlMaxMs: true,
  redelivery: { attemptsMax: true, delayMs: true, multiplier: true, delayMaxMs: true, jitter: true },
  deadLetter: true,
  expiry: true,
  breaker: { failures: true, pauseMs: true },
  consumers: true,
  lastValueKey: true,
  nonDestructive: true,
  fairKey: true,
  duplicates: { windowMs: true, idsMax: true },
  bindings: true,
  diverts: { to: true, selector: true, move: true },
  retention: { ageMs: true, bytesMax: true, messagesMax: true },
};
const ADDRESS_SPEC: FieldsOf<AddressSpec> = { ...PLAN_SPEC, type: true, plan: true, aliases: true };

const METADATA: FieldsOf<Metadata> = {
  revision: true,
  createdMs: true,
  generation: true,
  labels: true,
  annotations: true,
  finalizers: true,
  deletedMs: true,
};

const NAMED = { id: true, kind: true, space: true, name: true } as const;

/** All kinds of definition with all their fields: a new one has to be named here, and is unknown to earlier versions. What heads note (`details`) is theirs. */
const DEFINITIONS: { readonly [Kind in Definition['kind']]: FieldsOf<Extract<Definition, { kind: Kind }>> } = {
  address: { ...NAMED, spec: ADDRESS_SPEC, metadata: METADATA, assumed: true },
  plan: { ...NAMED, spec: PLAN_SPEC, metadata: METADATA },
  subscription: { ...NAMED, address: true, shared: true, pattern: true, filter: true },
  reader: { ...NAMED, address: true, shared: true, start: true },
  inbox: { ...NAMED, prefersLive: true, details: true },
  pattern: { id: true, kind: true, space: true, inbox: true, pattern: true, stored: true, noLocal: true, details: true },
  retained: { id: true, kind: true, space: true },
  duplicates: { id: true, kind: true, space: true, address: true },
  note: { ...NAMED, details: true },
  resource: { ...NAMED, resource: true, metadata: METADATA, spec: true },
};

/** What a definition has that only a newer version can have written, in words; undefined: this one knows all of it. */
export function unknownInDefinition(definition: Definition, resources: ReadonlySet<string>): string | undefined {
  const { id, kind } = definition;
  const known: FieldTable | undefined = Object.hasOwn(DEFINITIONS, kind) ? DEFINITIONS[kind] : undefined;
  if (known === undefined) return `a definition of kind ${JSON.stringify(kind)} (${id})`;
  if (definition.kind === 'resource' && !resources.has(definition.resource))
    return `a document of the kind ${JSON.stringify(definition.resource)}`;
  const field = unknownField(definition, known);
  if (field === undefined) return undefined;
  const name = 'name' in definition ? `${kind} ${JSON.stringify(definition.name)}` : `${kind} ${id}`;
  return `a field ${JSON.stringify(field)} of the ${name}`;
}

/** The first unknown field by its path, such as `spec.redelivery.unit`. */
function unknownField(value: unknown, known: FieldTable): string | undefined {
  if (Array.isArray(value)) return value.map(item => unknownField(item, known)).find(found => found !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const fields = Object.hasOwn(known, name) ? known[name] : undefined;
    if (fields === undefined) return name;
    const found = fields === true ? undefined : unknownField(inner, fields);
    if (found !== undefined) return `${name}.${found}`;
  }
  return undefined;
}
