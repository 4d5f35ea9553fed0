import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from './http-app.ts';
import { sendProblem } from './problem.ts';

/** Where the build of the console is: beside the packed server, or in the workspace. */
const FOLDERS = ['./console/', '../../../console/dist/'].map(path => fileURLToPath(new URL(path, import.meta.url)));

/**
 * What the page may load and do: files of this server, and nothing that stands in the page itself. Small pictures of the libraries' styles are `data:`.
 * Other sites may not show it in a frame, nor hold on to its window.
 */
const PAGE_FIELDS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
} as const;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
/** The names of files that the build makes; a hash of what is in them is part of each. */
const ASSET = /^[\w-]+\.(css|js|svg)$/;
/** Encodings that the build has made besides, best first, with the endings of their files. */
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Angarium</title>
<h1>The console is not built</h1>
<p>Run <code>npm run console:build</code> where the sources are, and load this page again. The server itself is fine: its API and the command line work without.</p>
`;

/** The console, at the root and below /ui. Its files are nobody's secret: what is shown in it, it asks the API for. */
export function consoleRoutes(app: HttpApp, folders: readonly string[] = FOLDERS): void {
  const options = { config: { open: true }, schema: { hide: true } } as const;
  const page = (request: FastifyRequest, reply: FastifyReply) => sendPage(folderOf(folders), request, reply);
  // The page finds out by its path what it is to show.
  for (const path of ['/', '/ui', '/ui/*']) app.get(path, options, page);
  app.get<{ Params: { file: string } }>('/ui/assets/:file', options, (request, reply) => sendAsset(folderOf(folders), request, reply));
}

/** Asked for each time: it may be built while the server runs. */
function folderOf(folders: readonly string[]): string | undefined {
  return folders.find(folder => existsSync(join(folder, 'index.html')));
}

async function sendPage(folder: string | undefined, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.headers(PAGE_FIELDS).type('text/html; charset=utf-8');
  if (folder === undefined) return reply.code(503).send(NOT_BUILT);
  const content = await readFile(join(folder, 'index.html'));
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  // It names the files of one build: it is asked for anew each time, and told in a word when it is the same.
  reply.header('cache-control', 'no-cache').header('etag', tag);
  return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(content);
}

async function sendAsset(
  folder: string | undefined,
  request: FastifyRequest<{ Params: { file: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { file } = request.params;
  const mediaType = MEDIA_TYPES[ASSET.exec(file)?.[1] ?? ''];
  const path = folder !== undefined && mediaType !== undefined ? join(folder, 'assets', file) : undefined;
  if (path === undefined || !existsSync(path))
    return sendProblem(reply, 'path-not-found', `The console has no file ${file}: load it again.`);
  const encoding = ENCODINGS.find(({ name, ending }) => accepts(request.headers['accept-encoding'], name) && existsSync(path + ending));
  const tag = `"${file}${encoding?.ending ?? ''}"`;
  reply
    .headers({ ...PAGE_FIELDS, 'cache-control': 'public, max-age=31536000, immutable', etag: tag, vary: 'accept-encoding' })
    .type(mediaType!);
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  if (encoding) reply.header('content-encoding', encoding.name);
  return reply.send(await readFile(path + (encoding?.ending ?? '')));
}

/** RFC 9110, section 12.5.3: a list of encodings, of which one with the weight 0 is not wanted. */
function accepts(field: string | string[] | undefined, encoding: string): boolean {
  return String(field ?? '')
    .split(',')
    .map(each =>
      each
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .some(([name, weight]) => name === encoding && !/^q=0(\.0*)?$/.test(weight ?? ''));
}
