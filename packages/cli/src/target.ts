import { type Context, readContexts } from './contexts.ts';
import { CommandError } from './exit-code.ts';
import { readTlsFiles, type TlsClientOptions, type TlsFiles } from './tls-client.ts';

/** Where a server is when nobody says. */
export const DEFAULT_URL = 'http://127.0.0.1:8080';
export const DEFAULT_SPACE = 'default';

/** The options by which every command says which server it means; commander gives them. */
export interface TargetOptions extends TlsFiles {
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  readonly space?: string;
  readonly context?: string;
}

/** The server that a command speaks to. */
export interface Target {
  readonly url: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly space: string;
  readonly tls: TlsClientOptions;
}

/** Flags count more than variables, variables more than the context, the context more than the local server. */
export async function resolveTarget(options: TargetOptions): Promise<Target> {
  const { env } = process;
  const context = await chosenContext(options.context ?? env.ANGARIUM_CONTEXT);
  const url = options.url ?? env.ANGARIUM_URL ?? context?.url ?? DEFAULT_URL;
  // The password of a context is for its own server, and is not sent to another that was named beside it.
  const credentials = url === (context?.url ?? url) ? context : undefined;
  return {
    url: checkedUrl(url),
    user: options.user ?? env.ANGARIUM_USER ?? credentials?.user,
    password: options.password ?? env.ANGARIUM_PASSWORD ?? credentials?.password,
    space: options.space ?? env.ANGARIUM_SPACE ?? context?.space ?? DEFAULT_SPACE,
    tls: await readTlsFiles(tlsFiles(options, credentials)),
  };
}

/** A certificate and its key are of one place: a flag for one of them asks for the other. */
function tlsFiles(options: TlsFiles, context: TlsFiles | undefined): TlsFiles {
  const { env } = process;
  const given = { cert: options.cert ?? env.ANGARIUM_CERT, key: options.key ?? env.ANGARIUM_KEY };
  const { cert, key } = given.cert === undefined && given.key === undefined ? { cert: context?.cert, key: context?.key } : given;
  const ca = options.ca ?? env.ANGARIUM_CA ?? context?.ca;
  const insecure = options.insecure ?? context?.insecure ?? false;
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), insecure };
}

async function chosenContext(name: string | undefined): Promise<Context | undefined> {
  const { current, contexts } = await readContexts();
  const wanted = name ?? current;
  if (wanted === undefined) return undefined;
  const context = contexts[wanted];
  if (context === undefined) {
    throw new CommandError('usage', `There is no context "${wanted}". angarium context list shows those that there are.`);
  }
  return context;
}

/** An HTTP URL without a trailing slash; a host and port alone are taken as one. */
export function checkedUrl(text: string): string {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CommandError('usage', `"${text}" is not the URL of an HTTP API, such as ${DEFAULT_URL}.`);
  }
  return whole.replace(/\/+$/, '');
}
