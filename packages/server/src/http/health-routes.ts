import Type from 'typebox';
import type { HttpApp } from './http-app.ts';

/** `starting`: the log is being read; `stopping`: peers have been told to go elsewhere. */
export type ServerPhase = 'starting' | 'ready' | 'stopping';

/** For load balancers and orchestrators: neither needs a password, nor says anything that would deserve one. */
export function healthRoutes(app: HttpApp, phase: () => ServerPhase): void {
  const body = Type.Object({ status: Type.String() });
  const tags = ['health'];
  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: {
        operationId: 'health',
        summary: 'Whether the process lives',
        tags,
        security: [],
        response: { 200: { description: 'It lives.', ...body } },
      },
    },
    () => ({ status: 'alive' }),
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
        response: { 200: { description: 'Ready.', ...body }, 503: { description: 'Starting or stopping.', ...body } },
      },
    },
    (_request, reply) => {
      const now = phase();
      reply.code(now === 'ready' ? 200 : 503);
      return { status: now };
    },
  );
}
