import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Broker, Report } from '@angarium/core';
import { HttpFront, type HttpHead, type HttpLimits, type HttpRequest, type HttpResponse, type Webhooks } from '@angarium/head-http';
import type { FastifyError } from 'fastify';
import type { Watching } from '../activity/open-watching.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { auditRequests } from '../audit/audited-requests.ts';
import type { Principals } from '../authorization/principals.ts';
import type { BackupContents } from '../backup/write-backup.ts';
import { accessCheck, requestAccess } from '../identity/access-check.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import type { Monitoring } from '../monitoring.ts';
import type { ChangeHistory } from '../resources/change-history.ts';
import type { Documents } from '../resources/documents.ts';
import type { ServerCertificate } from '../tls/certificate-file.ts';
import { VERSION } from '../version.ts';
import { accessRoutes } from './access-routes.ts';
import { activityRoutes } from './activity-routes.ts';
import { applyRoutes } from './apply-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { backupRoutes } from './backup-routes.ts';
import { certificateRoutes } from './certificate-routes.ts';
import { type ConnectionSource, connectionRoutes } from './connection-routes.ts';
import { consoleRoutes } from './console-files.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import { NAME_LENGTH_MAX } from './documents.ts';
import { eventRoutes } from './event-routes.ts';
import { exportRoutes } from './export-routes.ts';
import { flowRoutes } from './flow-routes.ts';
import { healthRoutes } from './health-routes.ts';
import type { HttpApp } from './http-app.ts';
import { linkRoutes } from './link-routes.ts';
import { logLevelRoutes } from './log-level-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { PROBLEM, sendProblem } from './problem.ts';
import { queueRoutes } from './queue-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { compileLazily } from './schema-words.ts';
import { sessionRoutes } from './session-routes.ts';
import { withShortPaths } from './short-paths.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { storedRoutes } from './stored-routes.ts';
import { traceRoutes } from './trace-routes.ts';
import { userRoutes } from './user-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** The largest body of a request to the API, in bytes: its documents are small. Those with messages have a limit of their own. */
const BODY_BYTES_MAX = 1_048_576;

/** Paths below which nothing is answered before it is known what documents there are, and users. */
const NEEDS_LOG = /^\/(apis|console\/(session|sign-in|oidc))\b/;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whoever calls may do so: the route itself says what it tells to whom. */
    open?: true;
  }
}

export interface HttpApiOptions {
  readonly principals: Principals;
  readonly broker: Broker;
  readonly authenticator: Authenticator;
  readonly webhooks: Webhooks;
  readonly connections: ConnectionSource;
  readonly documents: Documents;
  readonly history: ChangeHistory;
  readonly certificates: () => readonly ServerCertificate[];
  readonly watching: Watching;
  readonly monitoring: Monitoring;
  /** Begins a backup of the server. */
  readonly backup: () => Promise<BackupContents>;
  readonly audit: AuditLog;
  readonly hosts: readonly string[];
  readonly limits: HttpLimits;
  readonly report: Report;
}

export interface HttpApi {
  close(): Promise<void>;
}

/** `listen` opens its endpoints, and answers how they are closed. */
export async function openHttpApi(
  options: HttpApiOptions & {
    readonly listen: (accept: (socket: Socket) => void) => Promise<() => void>;
    readonly messages: HttpHead;
  },
): Promise<HttpApi> {
  const { listen, messages } = options;
  let front: HttpFront | undefined;
  const app = await buildHttpApi(options, api => {
    front = new HttpFront(messages, api);
    return front.http1;
  });
  const closeEndpoints = await listen(socket => front!.accept(socket));
  return {
    close: async () => {
      closeEndpoints();
      front!.stop();
      await app.close();
    },
  };
}

type Serve = (request: HttpRequest, response: HttpResponse) => void;

/** The API without a port: what the reference page is made from, and tests inject requests into. `serve` makes the server that gives it its requests. */
export async function buildHttpApi(options: HttpApiOptions, serve: (api: Serve) => Server = createServer): Promise<HttpApp> {
  const { fastify } = await import('fastify');
  const { default: swagger } = await import('@fastify/swagger');
  const app: HttpApp = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    // Messages do not go through the framework: it costs more than they do.
    serverFactory: serve,
    forceCloseConnections: true,
    // Refused before routing, such as a path that is not URL-encoded as it should be.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, 'request-invalid', error.message),
    routerOptions: { maxParamLength: NAME_LENGTH_MAX },
  });
  compileLazily(app);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Angarium',
        version: VERSION,
        description: 'Addresses, messages, endpoints and connections of an Angarium server. Errors are problem documents (RFC 9457).',
      },
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: options.authenticator.cookies.session.name,
            description: 'Somebody who has signed in: POST /console/session. The name ends in digits that are this server’s own.',
          },
        },
      },
      security: [{ basic: [] }, { session: [] }, {}],
    },
    transformObject: described => ('openapiObject' in described ? withShortPaths(described.openapiObject) : described.swaggerObject),
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => (typeof schema.$id === 'string' ? schema.$id : `Schema${index}`),
    },
  });
  answerErrors(app, options.report);
  app.addSchema(PROBLEM);
  auditRequests(app, options.audit);
  const access = requestAccess(options);
  const check = accessCheck(access);
  app.addHook('onRequest', async (request, reply) => {
    const { url: path, config } = request.routeOptions;
    // First: who is a user by the log would be told that he is none.
    if (path?.match(NEEDS_LOG) && options.monitoring.health.phase === 'starting')
      return sendProblem(reply, 'server-starting', 'The durable log is being read.');
    return config.open ? undefined : await check(request, reply);
  });
  const { health, metrics, metricsOpen, logParts, events } = options.monitoring;
  healthRoutes(app, health);
  metricsRoutes(app, options.broker, metrics, metricsOpen);
  eventRoutes(app, events);
  logLevelRoutes(app, logParts);
  resourceRoutes(app, options.documents, options.history);
  discoveryRoutes(app, options.documents.kinds);
  applyRoutes(app, options.documents);
  exportRoutes(app, options.documents);
  userRoutes(app, options.documents);
  queueRoutes(app, options.broker);
  traceRoutes(app, options.broker);
  certificateRoutes(app, options.certificates);
  connectionRoutes(app, options.connections);
  activityRoutes(app, options.broker, options.watching.activity);
  linkRoutes(app, options.broker, options.watching.links);
  flowRoutes(app, options.broker, options.watching.flow);
  webhookRoutes(app, options.broker, options.webhooks);
  backupRoutes(app, options.backup);
  auditRoutes(app, options.audit);
  const { authenticator } = options;
  const signingIn = { authenticator, access, report: options.report };
  sessionRoutes(app, signingIn);
  signInRoutes(app, signingIn);
  accessRoutes(app, options.broker, options.principals);
  storedRoutes(app, options.broker);
  messageRoutes(app);
  consoleRoutes(app);
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
  await app.ready();
  return app;
}

function answerErrors(app: HttpApp, report: Report): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 'path-not-found', `There is nothing at ${request.method} ${request.url}. /openapi.json lists what there is.`),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation !== undefined) return sendProblem(reply, 'request-invalid', error.message);
    if (error.statusCode === 413) return sendProblem(reply, 'body-too-large', error.message);
    if (error.statusCode === 415) return sendProblem(reply, 'media-type-unsupported', error.message);
    if (error.statusCode !== undefined && error.statusCode < 500) return sendProblem(reply, 'request-invalid', error.message);
    report({ level: 'error', what: 'an HTTP request failed', err: error, method: request.method, path: request.url });
    return sendProblem(reply, 'internal-error', 'See the log of the server.');
  });
}
