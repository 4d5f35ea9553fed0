import { Readable } from 'node:stream';
import {
  type AddressSpace,
  type Broker,
  type Exported,
  type MessageExport,
  type MessageImport,
  type Principal,
  Refusal,
  refuseAction,
} from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { LineSplitter } from './line-splitter.ts';
import { PROBLEM_ANSWER, sendProblem, sendRefusal } from './problem.ts';
import { readStoredDocument, STORED_LINE, storedDocument } from './stored-documents.ts';

const NDJSON = 'application/x-ndjson';
/** A message of 16 MiB in base64, and what stands beside it. */
const LINE_BYTES_MAX = 24 * 1024 * 1024;
/** Bytes of lines that are taken before the disk has to have them. */
const UNSYNCED_BYTES_MAX = 1024 * 1024;

const REPORT = Type.Object(
  {
    imported: Type.Integer({ minimum: 0, description: 'Messages stored: all of them are on disk.' }),
    expired: Type.Integer({ minimum: 0, description: 'Messages left out, whose time to live had ended.' }),
  },
  { $id: 'ImportReport', description: 'What an import did.' },
);

/** What a space has stored, as lines of JSON, and back: from one server to another, or from one space to another. */
export function storedRoutes(app: HttpApp, broker: Broker): void {
  app.addSchema(STORED_LINE);
  app.addSchema(REPORT);
  const path = `${API_PREFIX}/addressspaces/:space/messages`;
  const tags = ['server'];

  app.get(
    `${path}::export`,
    {
      schema: {
        operationId: 'exportMessages',
        summary: 'All stored messages of a space, with its durable subscriptions and readers',
        description: 'Clients go on meanwhile: each message that is there all the time is in it once. docs/backup.md has the lines.',
        tags,
        params: SPACE_PARAMETERS,
        produces: [NDJSON],
        response: {
          200: {
            description: 'Lines of JSON.',
            headers: { 'angarium-messages': Type.Integer({ description: 'Messages that were there when it began.' }) },
            content: { [NDJSON]: { schema: { $ref: 'StoredLine#' } } },
          },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const refusal = refuseAll(request.principal, 'view', space);
      if (refusal !== undefined) return sendRefusal(reply, refusal);
      const exporting = broker.operations.export(space);
      return reply
        .type(NDJSON)
        .header('angarium-messages', exporting.total)
        .serializer((body: unknown) => body as string)
        .send(Readable.from(exportLines(exporting), { objectMode: false }));
    },
  );

  app.register(async scoped => {
    const scope = scoped as HttpApp;
    // This path takes lines alone, and reads them as they come.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload));
    scope.post(
      `${path}::import`,
      {
        schema: {
          operationId: 'importMessages',
          summary: 'Store what was exported, each message in its own place',
          description:
            'Addresses have to be there; subscriptions and readers are made where they are missing. When a line is refused, those before it are stored. A request has to arrive in the time of all requests (httpRequestTimeoutMs): more is sent in several.',
          tags,
          params: SPACE_PARAMETERS,
          body: { content: { [NDJSON]: { schema: { description: 'Lines of JSON, as an export has them (StoredLine).' } } } },
          response: { 200: { description: 'All of it is on disk.', $ref: 'ImportReport#' }, default: PROBLEM_ANSWER },
        },
      },
      async (request, reply) => {
        const space = spaceOf(broker, request.params.space, reply);
        if (space === undefined) return reply;
        const refusal = refuseAll(request.principal, 'manage', space);
        if (refusal !== undefined) return sendRefusal(reply, refusal);
        const importing = broker.operations.import(space);
        // The request is read no further when a line is refused, but its connection goes on for the answer.
        const chunks = (request.body as Readable).iterator({ destroyOnReturn: false });
        let refused: RefusedLine | undefined;
        try {
          refused = await importLines(importing, chunks);
        } catch (error) {
          // A client that has gone hears no answer.
          if (request.raw.readableAborted) return reply;
          throw error;
        }
        await new Promise<void>(resolve => importing.whenDurable(resolve));
        if (refused !== undefined) return sendRefused(reply, importing, refused);
        return reply.send({ imported: importing.stored, expired: importing.expired });
      },
    );
  });
}

/** Messages of all addresses are meant: one that the principal may not view, or manage, is enough for a no. */
function refuseAll(principal: Principal, action: 'view' | 'manage', { name }: AddressSpace): Refusal | undefined {
  const { administersServer, rights, space } = principal;
  if (administersServer || (space === name && rights.refusePattern(action, '#') === undefined)) return undefined;
  return refuseAction(principal, action, `all messages of the address space ${name}`);
}

async function* exportLines(exporting: MessageExport): AsyncGenerator<string> {
  for (;;) {
    const page = await new Promise<readonly Exported[] | Refusal | undefined>(resolve => exporting.next(resolve));
    if (page === undefined) return;
    // The answer has begun: its end without its last line says that it is not whole.
    if (page instanceof Refusal) throw new Error(page.description);
    yield page.map(each => `${JSON.stringify(storedDocument(each))}\n`).join('');
  }
}

interface RefusedLine {
  readonly line: number;
  readonly why: Refusal | string;
}

async function importLines(importing: MessageImport, chunks: AsyncIterable<Uint8Array>): Promise<RefusedLine | undefined> {
  const splitter = new LineSplitter(LINE_BYTES_MAX);
  let line = 0;
  let unsyncedBytes = 0;
  const take = (text: string | undefined): RefusedLine | undefined => {
    line++;
    if (text === undefined) return { line, why: `it is longer than ${LINE_BYTES_MAX} bytes.` };
    if (text.trim() === '') return undefined;
    const document = readStoredDocument(text);
    const why = typeof document === 'string' ? document : importing.take(document);
    return why === undefined ? undefined : { line, why };
  };
  for await (const chunk of chunks) {
    for (const text of splitter.push(chunk)) {
      const refused = take(text);
      if (refused !== undefined) return refused;
    }
    unsyncedBytes += chunk.length;
    if (unsyncedBytes < UNSYNCED_BYTES_MAX) continue;
    unsyncedBytes = 0;
    await new Promise<void>(resolve => importing.whenDurable(resolve));
  }
  return take(splitter.end());
}

function sendRefused(reply: FastifyReply, { stored }: MessageImport, { line, why }: RefusedLine): FastifyReply {
  const before = `The ${stored} messages of the lines before it are stored.`;
  if (typeof why === 'string') return sendProblem(reply, 'request-invalid', `Line ${line}: ${why} ${before}`);
  return sendRefusal(reply, new Refusal(why.code, `Line ${line}: ${why.description} ${before}`));
}
