import Type, { type TObject, type TSchema } from 'typebox';
import { API_VERSION } from '../resources/document.ts';
import type { Kind } from '../resources/kind.ts';
import { schemaCheck } from './schema-words.ts';

/** As Kubernetes has them: a prefix and a slash, or none, and a name. */
const LABEL_KEY = '^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$';
const LABEL_VALUE = '^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$';
const LABELS_MAX = 100;
const ANNOTATION_LENGTH_MAX = 262_144;

function texts(value: TSchema, description: string) {
  return Type.Unsafe<Record<string, string>>({
    type: 'object',
    propertyNames: { type: 'string', pattern: LABEL_KEY, expected: 'a name such as team or example.org/team' },
    additionalProperties: value,
    maxProperties: LABELS_MAX,
    description,
  });
}

/** What stands beside a specification and is the writer's. */
const WRITTEN = {
  labels: Type.Optional(
    texts(
      Type.String({ pattern: LABEL_VALUE, expected: 'up to 63 letters, digits, ".", "_" and "-"' }),
      'Names and values to select documents by.',
    ),
  ),
  annotations: Type.Optional(texts(Type.String({ maxLength: ANNOTATION_LENGTH_MAX }), 'Whatever else people and programs want to note.')),
  finalizers: Type.Optional(
    Type.Array(Type.String({ pattern: LABEL_KEY, expected: 'a name such as example.org/cleanup' }), {
      maxItems: 100,
      uniqueItems: true,
      description: 'What has to happen elsewhere before the document may go: it is deleted when the last one is taken away.',
    }),
  ),
};

const NAME = { name: Type.String(), addressSpace: Type.Optional(Type.String({ description: 'Absent of documents of the server.' })) };

const METADATA = Type.Object({
  ...NAME,
  uid: Type.String({ description: 'The same for as long as the document lives, and no other one’s.' }),
  resourceVersion: Type.String({
    description: 'Of its last change; written back with a change, it is refused when there was another one meanwhile.',
  }),
  generation: Type.Integer({ description: 'Grows with each change of the specification.' }),
  creationTimestamp: Type.Optional(Type.String({ format: 'date-time' })),
  deletionTimestamp: Type.Optional(Type.String({ format: 'date-time', description: 'It was deleted then, and waits for its finalizers.' })),
  ...WRITTEN,
});

const ignored = (description: string) => Type.Optional(Type.Unknown({ description }));

const METADATA_INPUT = Type.Optional(
  Type.Object(
    {
      name: Type.Optional(Type.String({ minLength: 1 })),
      addressSpace: Type.Optional(Type.String()),
      resourceVersion: Type.Optional(Type.String({ description: 'Of the document that this is a change of; another one is a conflict.' })),
      ...WRITTEN,
      uid: ignored('Ignored.'),
      generation: ignored('Ignored.'),
      creationTimestamp: ignored('Ignored.'),
      deletionTimestamp: ignored('Ignored.'),
    },
    { additionalProperties: false },
  ),
);

/** What the server answers. */
export function documentSchema({ kind, description, spec, status }: Kind): TObject {
  return Type.Object(
    {
      apiVersion: Type.Literal(API_VERSION),
      kind: Type.Literal(kind),
      metadata: METADATA,
      ...(spec && { spec }),
      ...(status && { status }),
    },
    { $id: kind, description },
  );
}

/** What a client writes; what it leaves out follows from the path. */
export function inputSchema({ kind, spec }: Kind): TObject {
  return Type.Object(
    {
      apiVersion: Type.Optional(Type.Literal(API_VERSION)),
      kind: Type.Optional(Type.Literal(kind)),
      metadata: METADATA_INPUT,
      // Where nothing has to be said, nothing needs to be.
      spec: ((spec as { required?: readonly string[] }).required ?? []).length > 0 ? spec! : Type.Optional(spec!),
      status: ignored('Ignored: the server alone writes it.'),
    },
    { $id: `${kind}Input`, additionalProperties: false, description: `What a document of the kind ${kind} shall be.` },
  );
}

export function listSchema({ kind }: Kind): TObject {
  return Type.Object(
    {
      apiVersion: Type.Literal(API_VERSION),
      kind: Type.Literal(`${kind}List`),
      metadata: Type.Object({
        resourceVersion: Type.String({
          description: 'Changes from here on are what a watch of this version tells. Of several pages, the first one’s counts.',
        }),
        continue: Type.Optional(Type.String({ description: 'There is more: give this as the query parameter `continue`.' })),
      }),
      items: Type.Array(Type.Unsafe({ $ref: `${kind}#` })),
    },
    { $id: `${kind}List` },
  );
}

const checks = new Map<string, ReturnType<typeof schemaCheck>>();

/** What is wrong with what a client writes, with its place; undefined: nothing. */
export function checkInput(kind: Kind, value: unknown, where: string): string | undefined {
  let check = checks.get(kind.kind);
  if (!check) {
    const { $id: _id, ...schema } = inputSchema(kind) as TObject & { $id?: string };
    check = schemaCheck(schema);
    checks.set(kind.kind, check);
  }
  return check(value, where);
}
