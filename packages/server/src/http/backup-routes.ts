import { Readable } from 'node:stream';
import { Refusal } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { BACKUP_MEDIA_TYPE } from '../backup/backup-format.ts';
import { BACKUP_IDLE_MS } from '../backup/open-backup.ts';
import { type BackupContents, backupBytes, writeBackup } from '../backup/write-backup.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendProblem, sendRefusal } from './problem.ts';

/** Bytes a second where nothing is said: a tenth of what one core makes of it, so that clients do not notice. */
const RATE_DEFAULT = 50_000_000;
const RATE_MIN = 1_000_000;

/** A backup of the running server, as a stream. One at a time: each keeps segments from being removed. */
export function backupRoutes(app: HttpApp, open: () => Promise<BackupContents>): void {
  let underWay = false;

  const send = (reply: FastifyReply, contents: BackupContents, bytesPerSecond: number): FastifyReply => {
    // A client that takes nothing, and does not go either, is cut off when the log does not wait for it any more.
    const idle = setTimeout(() => reply.raw.destroy(), BACKUP_IDLE_MS);
    reply.raw.once('close', () => clearTimeout(idle));
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for await (const piece of writeBackup(contents, bytesPerSecond)) {
        idle.refresh();
        yield piece;
      }
    }
    const name = `angarium-${contents.manifest.createdAt.replaceAll(/[-:]|\.\d+/g, '')}.tar`;
    return reply
      .type(BACKUP_MEDIA_TYPE)
      .header('content-length', backupBytes(contents))
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(Readable.from(pieces(), { objectMode: false }));
  };

  app.post(
    `${API_PREFIX}/backup`,
    {
      schema: {
        operationId: 'createBackup',
        summary: 'Make a backup of the whole server while it runs',
        description: 'A tar file with everything that was confirmed before the request: docs/backup.md has its format. One at a time.',
        tags: ['server'],
        querystring: Type.Object(
          {
            rate: Type.Optional(
              Type.String({
                pattern: '^\\d{1,12}$',
                expected: 'a whole number',
                description: `Most bytes a second, at least ${RATE_MIN}; ${RATE_DEFAULT} where nothing is said.`,
              }),
            ),
          },
          { additionalProperties: false },
        ),
        produces: [BACKUP_MEDIA_TYPE],
        response: {
          200: { description: 'The backup.', content: { [BACKUP_MEDIA_TYPE]: { schema: { type: 'string', format: 'binary' } } } },
          default: PROBLEM_ANSWER,
        },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      if (!principal.administersServer)
        return sendRefusal(
          reply,
          new Refusal(
            'unauthorized',
            `The user ${principal.user} may not make a backup, which has everything in it: ask an administrator of the server.`,
          ),
        );
      if (underWay) return sendProblem(reply, 'backup-under-way', 'Another backup is being made: wait for its end.');
      underWay = true;
      let contents: BackupContents | undefined;
      reply.raw.once('close', () => {
        underWay = false;
        contents?.snapshot[Symbol.dispose]();
      });
      contents = await open();
      if (reply.raw.closed) contents.snapshot[Symbol.dispose]();
      return send(reply, contents, Math.max(RATE_MIN, Number(request.query.rate ?? RATE_DEFAULT)));
    },
  );
}
