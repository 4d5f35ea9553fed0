import { Readable } from 'node:stream';
import { type Operation, type OperationReport, REFUSALS, Refusal } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { sendRefusal } from './problem.ts';

/** Between two lines that tell how far an operation has come, in milliseconds. */
const PROGRESS_INTERVAL_MS = 500;

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** One line of the answer. The last one has `result`, and `problem` when not all could be done. */
export const OPERATION_LINE = Type.Object(
  {
    progress: Type.Optional(Type.Ref('OperationReport')),
    result: Type.Optional(Type.Ref('OperationReport')),
    problem: Type.Optional(
      Type.Object({
        code: Type.String({ description: 'A stable code; docs/reference/refusals.md lists them.' }),
        title: Type.String(),
        detail: Type.String({ description: 'Why the rest was not done, and what to do.' }),
      }),
    ),
  },
  { $id: 'OperationLine', description: 'How far an operation has come, or what it did.' },
);

export const OPERATION_REPORT = Type.Object(
  {
    total: count('Messages in the queue when it began.'),
    examined: count('Messages that were looked at.'),
    matched: count('Messages that were selected.'),
    done: count('Messages that were removed, moved, copied or sent back: for good, on disk.'),
    skipped: count('Selected messages that were left: with a consumer, expired, or with nowhere to go.'),
    gone: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), { description: 'Of the numbers in `sequences`: those that are not there (any more).' }),
    ),
    next: count('The sequence number at which to go on.'),
  },
  { $id: 'OperationReport' },
);

/**
 * Answers with a line of JSON each half second that tells how far the operation has come, and a last one that tells what it did, when all of that is
 * on disk. A client that goes away cancels it.
 */
export function sendOperation(
  reply: FastifyReply,
  begin: (end: (report: OperationReport, refusal: Refusal | undefined) => void) => Operation | Refusal,
): FastifyReply {
  const lines = new Readable({ read() {} });
  const write = (line: object): boolean => lines.push(`${JSON.stringify(line)}\n`);
  let over = false;
  const operation = begin((result, refusal) => {
    over = true;
    clearInterval(ticking);
    if (refusal) reply.problemCode = refusal.code;
    write({ result, ...(refusal && { problem: { code: refusal.code, title: REFUSALS[refusal.code], detail: refusal.description } }) });
    lines.push(null);
  });
  if (operation instanceof Refusal) return sendRefusal(reply, operation);
  const ticking = setInterval(() => write({ progress: operation.report }), PROGRESS_INTERVAL_MS);
  reply.raw.once('close', () => {
    clearInterval(ticking);
    if (!over) operation.cancel();
  });
  return reply.type('application/x-ndjson').send(lines);
}
