import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Listening, listening } from '@angarium/testkit';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

const CLIENT = { id: 'pump', secret: 'a secret of the pump' };
/** The console as the provider knows it: people who sign in with a browser come from there, and go back. */
export const CONSOLE_CLIENT = { clientId: 'console', clientSecret: 'a secret: of+the console' };
/** No way through its pages is longer, in requests. */
const PAGES_MAX = 20;
/** Whom tokens are for. */
export const AUDIENCE = 'angarium';

export interface ProviderKey {
  readonly jwk: JWK;
  readonly kid: string;
}

export async function providerKey(kid: string, alg = 'RS256'): Promise<ProviderKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }, kid };
}

/** An OpenID provider (oidc-provider) on this machine, whose keys can be exchanged. Emits `revoked` when it was told that nobody uses a token any more. */
export class OpenidProvider extends EventEmitter<{ revoked: [] }> implements AsyncDisposable {
  readonly issuer: string;
  readonly #listening: Listening;
  #serve: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Requests for its keys. */
  keysAsked = 0;
  /** How long its tokens are good for, in seconds. */
  tokenSeconds = 600;
  claims: Record<string, unknown> = { preferred_username: 'ada', groups: ['engineers'] };

  /** Where it sends browsers back to. */
  redirectUris: string[] = [];
  /** What its ID tokens say, and whether access tokens after a sign-in are for `AUDIENCE`. */
  idClaims: Record<string, unknown> = { preferred_username: 'ada', groups: ['people'] };
  givesAccess = true;
  /** Whether it knows its users still: of others it renews nothing. */
  knowsUsers = true;

  private constructor(server: Server, there: Listening) {
    super();
    this.#listening = there;
    this.issuer = `http://${there.host}:${there.port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/jwks') this.keysAsked++;
      this.#serve!(request, response);
    });
  }

  static async start(key: ProviderKey): Promise<OpenidProvider> {
    const server = createServer();
    await using started = new AsyncDisposableStack();
    const provider = new OpenidProvider(server, started.use(await listening(server)));
    provider.use(key);
    started.move();
    return provider;
  }

  /** Signs with this key from now on, and knows no other one. */
  use(key: ProviderKey): void {
    const provider = new Provider(this.issuer, {
      jwks: { keys: [key.jwk] },
      clients: [
        { client_id: CLIENT.id, client_secret: CLIENT.secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
        {
          client_id: CONSOLE_CLIENT.clientId,
          client_secret: CONSOLE_CLIENT.clientSecret,
          redirect_uris: this.redirectUris,
          grant_types: ['authorization_code', 'refresh_token'],
        },
      ],
      pkce: { required: () => true },
      claims: { profile: ['preferred_username', 'groups'] },
      conformIdTokenClaims: false,
      findAccount: (_context, id) => (this.knowsUsers ? { accountId: id, claims: () => ({ sub: id, ...this.idClaims }) } : undefined),
      extraTokenClaims: () => this.claims as never,
      features: {
        clientCredentials: { enabled: true },
        revocation: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'urn:angarium',
          useGrantedResource: () => this.givesAccess,
          getResourceServerInfo: () => ({
            scope: '',
            audience: AUDIENCE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: this.tokenSeconds,
            jwt: { sign: { alg: 'RS256', kid: key.kid } },
          }),
        },
      },
    });
    provider.on('refresh_token.destroyed', () => this.emit('revoked'));
    this.#serve = provider.callback();
  }

  /** A token that it gives to a client of its own. */
  async token(): Promise<string> {
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:angarium' }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`the provider gives no token: HTTP status ${response.status}`);
    return token;
  }

  /** What somebody does in a browser who was sent to this URL of the provider: answers where it sends him back to. `denies`: he does not want to be known there. */
  async visit(url: string, denies = false): Promise<string> {
    const cookies = new Map<string, string>();
    const go = async (at: string, body?: URLSearchParams): Promise<Response> => {
      const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
      const response = await fetch(at, { redirect: 'manual', headers, ...(body && { method: 'POST', body }) });
      for (const field of response.headers.getSetCookie()) {
        const [name = '', value = ''] = field.split(';')[0]!.split('=');
        cookies.set(name, value);
      }
      return response;
    };
    let at = url;
    let response = await go(at);
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const location = response.headers.get('location');
      const text = await response.text();
      if (location !== null) {
        at = new URL(location, at).href;
        if (!at.startsWith(this.issuer)) return at;
        response = await go(at);
      } else if (denies) {
        response = await go(`${at}/abort`);
      } else {
        const [, prompt] = /name="prompt" value="(\w+)"/.exec(text) ?? [];
        if (prompt === undefined) throw new Error(`the provider shows something else at ${at}: ${text}`);
        response = await go(at, new URLSearchParams({ prompt, login: 'user 17', password: 'any' }));
      }
    }
    throw new Error(`the provider does not send back from ${url}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening[Symbol.asyncDispose]();
  }
}
