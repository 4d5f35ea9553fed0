/** The largest document that is taken from an issuer, in bytes. */
export const DOCUMENT_BYTES_MAX = 262_144;

/** A JSON document from a server that is no part of ours: no redirect, no more than so many bytes, no longer than so long. */
export async function fetchDocument(url: string, timeoutMs: number): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${url} answers with HTTP status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > DOCUMENT_BYTES_MAX) throw new Error(`${url} answers with more than ${DOCUMENT_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const document: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof document !== 'object' || document === null) throw new Error(`${url} answers with something else than a document`);
  return document as Record<string, unknown>;
}
