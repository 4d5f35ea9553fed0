import { peerOf } from '@angarium/transport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from '../http/http-app.ts';
import { KINDS } from '../resources/kinds.ts';
import { type AuditEvent, boundedEvent } from './audit-entry.ts';
import type { AuditLog } from './audit-log.ts';

/** Operations that change nothing, and show what others have sent, or a whole address space. */
const READ_IN_DEPTH = new Set(['browseMessages', 'exportMessages', 'exportDocuments']);
/** Kinds by what paths call them. */
const KIND_OF = new Map([
  ...KINDS.map(({ plural, kind }) => [plural, kind] as const),
  ['connections', 'Connection'],
  ['webhooks', 'Webhook'],
]);
/** A wrong password is a failed authentication, which is recorded as one with whom it was about. */
const RECORDED_ELSEWHERE = 'credentials-wrong';

/** Records every administrative act over the HTTP API, done or refused, and whoever may not look. */
export function auditRequests(app: HttpApp, audit: Pick<AuditLog, 'record'>): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const url = request.routeOptions.url ?? '';
    if (!url.startsWith('/apis/')) return done();
    const record = (): void => {
      if (isRecorded(request, reply)) audit.record(eventOf(request, reply, url));
    };
    // How long work ends is known when its answer is over, whoever may have gone meanwhile.
    if (isStream(payload) && isAct(request)) payload.once('close', record);
    else record();
    done();
  });
}

function isStream(payload: unknown): payload is NodeJS.ReadableStream {
  return typeof (payload as { pipe?: unknown } | null)?.pipe === 'function';
}

function isAct({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function isRecorded(request: FastifyRequest, reply: FastifyReply): boolean {
  const { problemCode } = reply;
  if (problemCode === RECORDED_ELSEWHERE) return false;
  if (reply.statusCode === 401 || reply.statusCode === 403) return true;
  const { dryRun, secrets } = request.query as { dryRun?: string; secrets?: string };
  // What is only tried out changes nothing.
  if (isAct(request)) return dryRun === undefined;
  return READ_IN_DEPTH.has(operationOf(request) ?? '') || secrets === 'true';
}

function eventOf(request: FastifyRequest, reply: FastifyReply, url: string): AuditEvent {
  const { problemCode } = reply;
  // An answer of the framework itself has no code of ours.
  const code = problemCode ?? (reply.statusCode >= 400 ? String(reply.statusCode) : undefined);
  const { remoteAddress, remotePort } = request.socket;
  return boundedEvent({
    ...whoOf(request),
    peer: peerOf(remoteAddress, remotePort).address,
    protocol: 'HTTP',
    action: operationOf(request) ?? 'apply',
    ...whatOf(request, url),
    outcome: code === undefined ? 'done' : 'refused',
    code,
  });
}

function operationOf({ routeOptions }: FastifyRequest): string | undefined {
  return (routeOptions.schema as { operationId?: string } | undefined)?.operationId;
}

/** Nobody where it was refused before that was known. */
function whoOf(request: FastifyRequest): { user: string | undefined; userSpace: string | undefined } {
  const principal = request.principal as FastifyRequest['principal'] | undefined;
  return { user: principal?.user, userSpace: principal?.space };
}

/** The document that the path names, or that the body is. Of a body its place alone: the rest may be secret. */
function whatOf(
  request: FastifyRequest,
  url: string,
): Pick<{ [Field in keyof AuditEvent]?: string | undefined }, 'kind' | 'name' | 'addressSpace'> {
  const { space, name, id } = (request.params ?? {}) as { space?: string; name?: string; id?: string };
  const [, plural = ''] = /^\/apis\/[^/]+\/[^/]+\/(?:addressspaces\/:space\/)?([^/:]+)/.exec(url) ?? [];
  const body = (isAct(request) ? request.body : undefined) as
    | { kind?: unknown; metadata?: { name?: unknown; addressSpace?: unknown; namespace?: unknown } | null }
    | null
    | undefined;
  const metadata = typeof body === 'object' ? body?.metadata : undefined;
  return {
    kind: KIND_OF.get(plural) ?? textOf(typeof body === 'object' ? body?.kind : undefined),
    name: name ?? id ?? textOf(metadata?.name),
    addressSpace: space ?? textOf(metadata?.addressSpace ?? metadata?.namespace),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
