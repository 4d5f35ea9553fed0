const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const SEPARATOR = '\u0001';

/** The longest message with a token, in bytes. */
export const TOKEN_MESSAGE_BYTES_MAX = 32_768;

/** RFC 4616: [authorization identity] NUL user NUL password, in UTF-8. To act as somebody else is refused. */
export function plainCredentials(response: Uint8Array): { user: string; password: string } | undefined {
  const parts = textOf(response)?.split('\0');
  if (parts?.length !== 3) return undefined;
  const [authorization, user, password] = parts as [string, string, string];
  if (user === '' || (authorization !== '' && authorization !== user)) return undefined;
  return { user, password };
}

/** A token, and whom the client says that it is of; empty: nobody. */
export interface TokenMessage {
  readonly user: string;
  readonly token: string;
}

/**
 * OAUTHBEARER (RFC 7628, section 3.1), where ^A is the byte 1:
 *
 *     n,[a=user],^Ahost=…^Aport=…^Aauth=Bearer token^A^A
 */
export function bearerToken(message: Uint8Array): TokenMessage | undefined {
  const [header, ...pairs] = pairsOf(message);
  const match = /^[ny],(?:a=([^,]*))?,$/u.exec(header ?? '');
  const token = tokenOf(pairs);
  if (match === null || token === undefined) return undefined;
  return { user: (match[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '='), token };
}

/** XOAUTH2, which Google has, and others after it: `user=…^Aauth=Bearer token^A^A`. */
export function xoauth2Token(message: Uint8Array): TokenMessage | undefined {
  const [first, ...pairs] = pairsOf(message);
  const token = tokenOf(pairs);
  return token === undefined || !first!.startsWith('user=') ? undefined : { user: first!.slice('user='.length), token };
}

/** What stands before each byte 1; two of them end it. */
function pairsOf(message: Uint8Array): readonly string[] {
  const text = textOf(message) ?? '';
  return text.endsWith(`${SEPARATOR}${SEPARATOR}`) ? text.slice(0, -2).split(SEPARATOR) : [''];
}

/** The value of `auth` among pairs of keys and values; RFC 6750, section 2.1, says what a token is made of. */
function tokenOf(pairs: readonly string[]): string | undefined {
  for (const pair of pairs) {
    const match = /^auth=bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(pair);
    if (match !== null) return match[1];
  }
  return undefined;
}

function textOf(message: Uint8Array): string | undefined {
  if (message.length > TOKEN_MESSAGE_BYTES_MAX) return undefined;
  try {
    return decoder.decode(message);
  } catch {
    return undefined;
  }
}

/** The name to act for, as EXTERNAL has it (RFC 4422, appendix A.1); empty: whom the certificate names. */
export function externalName(message: Uint8Array): string | undefined {
  const text = textOf(message);
  return text?.includes('\0') ? undefined : text;
}
