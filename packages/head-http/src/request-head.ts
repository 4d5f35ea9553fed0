/** What access checks look at: the fields of a request that say who sends it, and the address that it came from. */
export interface RequestHead {
  readonly headers: {
    readonly host?: string | undefined;
    readonly ':authority'?: string | undefined;
    readonly origin?: string | undefined;
    readonly authorization?: string | undefined;
    readonly 'sec-fetch-site'?: string | string[] | undefined;
    readonly forwarded?: string | undefined;
    readonly 'x-forwarded-for'?: string | string[] | undefined;
    readonly 'x-forwarded-proto'?: string | string[] | undefined;
    readonly cookie?: string | undefined;
  };
  /** `encrypted`: it is one of TLS, which knows more of the client. */
  readonly socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined; readonly encrypted?: true };
}

/** The server as the client names it (RFC 9110, section 7.2): the field of HTTP/1.1, or the pseudo field of HTTP/2 (RFC 9113, section 8.3.1). */
export function authorityOf({ headers }: RequestHead): string | undefined {
  return headers[':authority'] ?? headers.host;
}
