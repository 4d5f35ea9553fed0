import { Readable } from 'node:stream';
import { Refusal } from '@angarium/core';
import Type from 'typebox';
import { stringify } from 'yaml';
import type { Documents } from '../resources/documents.ts';
import { type ExportedDocument, exportDocuments } from '../resources/export-documents.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendRefusal } from './problem.ts';
import { refuseDocument, refuseEntry, refuseSecrets } from './resource-access.ts';

const FORMATS = {
  yaml: { type: 'application/yaml', text: (document: ExportedDocument) => `---\n${stringify(document)}` },
  json: { type: 'application/x-ndjson', text: (document: ExportedDocument) => `${JSON.stringify(document)}\n` },
} as const;

/** All documents of an address space or of the server, as a file that `angarium apply` takes. */
export function exportRoutes(app: HttpApp, documents: Documents): void {
  app.get(
    `${API_PREFIX}/export`,
    {
      schema: {
        operationId: 'exportDocuments',
        summary: 'Export all documents that one may view, in an order in which they can be applied',
        tags: ['server'],
        querystring: Type.Object(
          {
            space: Type.Optional(Type.String({ description: 'Only what is of this address space; everything when absent.' })),
            format: Type.Optional(
              Type.Union([Type.Literal('yaml'), Type.Literal('json')], { description: 'yaml, when absent; json: a line each.' }),
            ),
            secrets: Type.Optional(
              Type.Union([Type.Literal('true'), Type.Literal('false')], {
                description: 'With what is never shown otherwise, for administrators of the server alone.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        produces: [FORMATS.yaml.type, FORMATS.json.type],
        response: {
          200: { description: 'The documents.', content: { [FORMATS.yaml.type]: { schema: { type: 'string' } } } },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply) => {
      const { principal, query } = request;
      const { space = principal.administersServer ? undefined : principal.space } = query;
      const foreign = space !== undefined && space !== principal.space && !principal.administersServer;
      const refusal = foreign ? refuseEntry(principal, space) : refuseSecrets(principal, query);
      if (refusal) return sendRefusal(reply, refusal);
      if (space !== undefined && !documents.world.broker.spaces.has(space))
        return sendRefusal(reply, new Refusal('space-not-found', `There is no address space "${space}".`));
      const { type, text } = FORMATS[query.format ?? 'yaml'];
      const mayView: Parameters<typeof exportDocuments>[1]['mayView'] = (kind, of, name) =>
        refuseDocument(principal, 'view', kind, of, name) === undefined;
      const found = exportDocuments(documents, { space, secrets: query.secrets === 'true', mayView });
      return reply.type(type).send(Readable.from(texts(found, text)));
    },
  );
}

function* texts(documents: Iterable<ExportedDocument>, text: (document: ExportedDocument) => string): Generator<string> {
  for (const document of documents) yield text(document);
}
