import { type Answer, type CallOptions, callRaw } from './call-api.ts';

/** What a browser does about cookies, and says of the page that calls: one page of the server's own, unless it is told otherwise. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #server: { readonly http: string };

  constructor(server: { readonly http: string }) {
    this.#server = server;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get headers(): Record<string, string> {
    return { ...(this.cookies.size > 0 && { cookie: this.cookie }), 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const origin: Record<string, string> = method === 'GET' ? {} : { origin: this.#server.http };
    const answer = await callRaw(this.#server, method, path, { ...options, headers: { ...this.headers, ...origin, ...options.headers } });
    for (const field of (answer.headers['set-cookie'] as readonly string[] | undefined) ?? []) this.#take(field);
    return { ...answer, body: /[/+]json\b/.test(answer.type ?? '') ? JSON.parse(answer.text) : {} };
  }

  /** One that is to be gone at once is. */
  #take(field: string): void {
    const [pair = '', ...attributes] = field.split('; ');
    const [name = '', value = ''] = pair.split('=');
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
