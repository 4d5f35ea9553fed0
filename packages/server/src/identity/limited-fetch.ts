/** The largest document that is taken from an issuer, in bytes. */
export const DOCUMENT_BYTES_MAX = 262_144;

/** What is sent as HTML forms are. */
export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server has answered, and not with what was asked for. */
class AnswerError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Whether the server may answer otherwise later: it was not reached, took too long, or said so. What it has understood and refused is refused. */
export function mayAnswerLater(error: unknown): boolean {
  if (error instanceof AnswerError) return error.status >= 500 || error.status === 429;
  // What `fetch` throws (Fetch, section 5.6), and the signal of a timeout.
  return error instanceof TypeError || (error as Error).name === 'TimeoutError';
}

/**
 * A JSON document from a server that is no part of ours, or what it answers to a form: no redirect, no more than so many bytes, no longer than so long.
 */
export async function fetchDocument(url: string, timeoutMs: number, form?: Form): Promise<Record<string, unknown>> {
  const document: unknown = JSON.parse(await fetchText(url, timeoutMs, form));
  if (typeof document !== 'object' || document === null) throw new Error(`${url} answers with something else than a document`);
  return document as Record<string, unknown>;
}

/** The same of any text. */
export async function fetchText(url: string, timeoutMs: number, form?: Form): Promise<string> {
  const response = await fetch(url, {
    ...(form && { method: 'POST', body: new URLSearchParams(form.fields) }),
    headers: { accept: 'application/json', ...form?.headers },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = response.body === null ? '' : await readText(url, response.body as unknown as AsyncIterable<Uint8Array>);
  const { ok, status } = response;
  if (!ok) throw new AnswerError(`${url} answers with HTTP status ${status}${form ? reasonOf(text) : ''}`, status);
  return text;
}

async function readText(url: string, body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error(`${url} answers with more than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Why a form was not taken, where the answer says so (RFC 6749, section 5.2). */
function reasonOf(text: string): string {
  try {
    const { error, error_description: description } = JSON.parse(text) as Record<string, unknown>;
    return `: ${[error, description].filter(word => typeof word === 'string').join(', ')}`;
  } catch {
    return '';
  }
}
