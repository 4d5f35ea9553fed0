/** A problem document (RFC 9457) as the server answers it, or what the browser knows of a request that nobody answered. */
export class ApiProblem extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** A refusal or problem of docs/reference/refusals.md; `no-answer` when there was none. */
  readonly code: string;
  /** What this kind of problem means, in words. */
  readonly title: string;

  constructor(status: number, code: string, title: string, detail: string) {
    super(detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = code;
    this.title = title;
  }
}

/** The problem that an answer tells of. A body that is none (a proxy's page) is told by its status. */
export function problemOf(status: number, statusText: string, body: string): ApiProblem {
  try {
    const { code, title, detail } = JSON.parse(body) as { code?: unknown; title?: unknown; detail?: unknown };
    if (typeof code === 'string' && typeof title === 'string')
      return new ApiProblem(status, code, title, typeof detail === 'string' ? detail : title);
  } catch {
    // Not JSON: what stands between the browser and the server has answered.
  }
  return new ApiProblem(
    status,
    `http-${status}`,
    `The server answered ${status} ${statusText}`.trim(),
    'There is no problem document with it.',
  );
}

export const noAnswer = (): ApiProblem =>
  new ApiProblem(
    0,
    'no-answer',
    'The server does not answer',
    'It may be starting, or the network may be down. The console tries again by itself.',
  );
