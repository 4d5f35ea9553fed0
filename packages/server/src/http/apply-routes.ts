import { type Principal, Refusal, SPACE_DEFAULT } from '@angarium/core';
import { closest } from '@angarium/transport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { API_VERSION, type DocumentInput, describedOf, documentOf } from '../resources/document.ts';
import type { Documents, Writing } from '../resources/documents.ts';
import { translate } from '../resources/enmasse/translate.ts';
import { fieldsOf, TranslationError } from '../resources/enmasse/translation.ts';
import { type Complaint, isComplaint, type Kind } from '../resources/kind.ts';
import { Problem } from '../resources/problem.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendComplaint } from './problem.ts';
import { refuseDocument } from './resource-access.ts';
import { checkInput } from './resource-schemas.ts';

const QUERY = Type.Object(
  {
    space: Type.Optional(Type.String({ description: 'Of documents of an address space that name none; default when absent.' })),
    dryRun: Type.Optional(Type.Literal('All', { description: 'Check it, and change nothing.' })),
  },
  { additionalProperties: false },
);

const ANSWER = Type.Object({
  apiVersion: Type.Literal(API_VERSION),
  kind: Type.Literal('Applied'),
  warnings: Type.Array(Type.String(), { description: 'What of the document means nothing here.' }),
  items: Type.Array(
    Type.Object({
      outcome: Type.Union([Type.Literal('created'), Type.Literal('changed'), Type.Literal('unchanged'), Type.Literal('deleted')]),
      document: Type.Object({}, { additionalProperties: true, description: 'As it is from now on.' }),
    }),
    { description: 'The documents that it has become: one, but for some of EnMasse’s.' },
  ),
});

interface ApplyQuery {
  readonly space?: string;
  readonly dryRun?: 'All';
}
/** A document with its place, which may be written. */
interface Placed {
  readonly kind: Kind;
  readonly writing: Writing;
}

/** Takes any declared document, ours or one of EnMasse's, and makes it so. */
export function applyRoutes(app: HttpApp, documents: Documents): void {
  const apply = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { space = SPACE_DEFAULT, dryRun } = request.query as ApplyQuery;
    const { found, warnings } = understood(documents, request.body, space);
    if (isComplaint(found)) return sendComplaint(reply, found);
    const placed: Placed[] = [];
    for (const document of found) {
      const one = place(documents, request.principal, document, { space, dryRun: dryRun === 'All', before: placed });
      if (isComplaint(one)) return sendComplaint(reply, one);
      placed.push(one);
    }
    const items: object[] = [];
    for (const { kind, writing } of placed) {
      const written = await documents.write(kind, writing);
      if (isComplaint(written)) return sendComplaint(reply, written);
      items.push({
        outcome: written.outcome,
        document: documentOf(kind, written.resource, documents.world, { viewer: request.principal }),
      });
    }
    // RFC 7234, section 5.5: 299 is for whatever a person should read.
    if (warnings.length > 0)
      reply.header(
        'warning',
        warnings.map(words => `299 - ${JSON.stringify(words.replaceAll(/[^ -~]/g, '?'))}`),
      );
    return reply.send({ apiVersion: API_VERSION, kind: 'Applied', warnings, items });
  };

  app.post(
    `${API_PREFIX}/apply`,
    {
      schema: {
        operationId: 'apply',
        summary: 'Make it as a document says, whatever its kind; documents of EnMasse are translated',
        tags: ['server'],
        querystring: QUERY,
        body: Type.Object({}, { additionalProperties: true }),
        response: { 200: { description: 'What has become of it.', ...ANSWER }, default: PROBLEM_ANSWER },
      },
    },
    apply,
  );
  // Where clients of EnMasse write: what they read is documents of ours.
  for (const group of ['enmasse.io/v1beta1', 'user.enmasse.io/v1beta1', 'admin.enmasse.io/v1beta2'])
    app.route({ method: ['POST', 'PUT'], url: `/apis/${group}/*`, schema: { hide: true }, handler: apply });
}

interface Understood {
  readonly found: readonly DocumentInput[] | Complaint;
  readonly warnings: readonly string[];
}

function understood(documents: Documents, body: unknown, space: string): Understood {
  try {
    const known = { has: (kind: string, of: string, name: string) => documents.get(documents.kind(kind)!, of, name) !== undefined };
    const translation = translate(fieldsOf(body), space, known);
    if (!translation) return { found: [fieldsOf(body) as unknown as DocumentInput], warnings: [] };
    const found = translation.documents.map(({ kind, space: of, name, metadata, spec }) => ({
      apiVersion: API_VERSION,
      kind,
      metadata: { ...metadata, name, ...(of !== '' && { addressSpace: of }) } as DocumentInput['metadata'] & object,
      spec,
    }));
    return { found, warnings: translation.warnings };
  } catch (error) {
    if (error instanceof TranslationError) return { found: error.problem, warnings: [] };
    throw error;
  }
}

interface PlaceOptions {
  /** Of documents that name none. */
  readonly space: string;
  readonly dryRun: boolean;
  /** What is written before it, an address space perhaps. */
  readonly before: readonly Placed[];
}

function unknownKind({ apiVersion, kind }: DocumentInput, { kinds }: Documents): Problem {
  const names = kinds.filter(({ spec }) => spec !== undefined).map(known => known.kind);
  const meant = closest(String(kind), names);
  let hint = meant === undefined ? `there are ${names.join(', ')}.` : `is ${meant} meant?`;
  if (apiVersion !== API_VERSION) hint = `write ${API_VERSION}.`;
  return new Problem('resource-invalid', `Documents of ${String(apiVersion)} and kind ${String(kind)} are not known: ${hint}`);
}

function place(documents: Documents, principal: Principal, document: DocumentInput, options: PlaceOptions): Placed | Complaint {
  const { space: otherwise, dryRun, before } = options;
  const kind = documents.kind(String(document.kind));
  if (document.apiVersion !== API_VERSION || kind?.spec === undefined) return unknownKind(document, documents);
  const wrong = checkInput(kind, document, 'document');
  if (wrong !== undefined) return new Problem('resource-invalid', wrong);
  const { metadata = {} } = document;
  const { name, addressSpace = otherwise, resourceVersion } = metadata;
  if (name === undefined) return new Problem('resource-invalid', 'document/metadata/name is missing.');
  const space = kind.scope === 'space' ? addressSpace : '';
  const refusal = refuseDocument(principal, 'manage', kind, space, name);
  if (refusal) return refusal;
  const isThere = (of: string): boolean => documents.world.broker.spaces.has(of) || before.some(({ writing }) => writing.name === of);
  if (space !== '' && !isThere(space)) return new Refusal('space-not-found', `There is no address space "${space}": make it first.`);
  return {
    kind,
    writing: { space, name, spec: document.spec ?? {}, described: describedOf(metadata), expected: { resourceVersion }, principal, dryRun },
  };
}
