import Type from 'typebox';
import type { Health } from '../health.ts';
import type { HttpApp } from './http-app.ts';

const HEALTH = Type.Object(
  {
    status: Type.String({ description: 'In a word: alive, or the phase that the server is in, or unready.' }),
    checks: Type.Array(
      Type.Object({
        name: Type.String(),
        passed: Type.Boolean(),
        words: Type.String({ description: 'How it is.' }),
      }),
    ),
  },
  { $id: 'Health', description: 'How the server is.' },
);

/** For load balancers and orchestrators: neither needs a password, nor says anything that would deserve one. */
export function healthRoutes(app: HttpApp, health: Health): void {
  app.addSchema(HEALTH);
  const tags = ['monitoring'];
  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: {
        operationId: 'health',
        summary: 'Whether the process lives: one that does not answer within seconds has to be started anew',
        tags,
        security: [],
        response: { 200: { description: 'It lives.', $ref: 'Health#' } },
      },
    },
    (_request, reply) => reply.send({ status: 'alive', checks: health.live() }),
  );
  app.get(
    '/readyz',
    {
      config: { open: true },
      schema: {
        operationId: 'ready',
        summary: 'Whether clients can be sent here',
        tags,
        security: [],
        response: {
          200: { description: 'Ready.', $ref: 'Health#' },
          503: { description: 'Not ready; the checks that have not passed say why.', $ref: 'Health#' },
        },
      },
    },
    (_request, reply) => {
      const { phase, isReady } = health;
      return reply.code(isReady ? 200 : 503).send({ status: isReady || phase !== 'ready' ? phase : 'unready', checks: health.ready() });
    },
  );
}
