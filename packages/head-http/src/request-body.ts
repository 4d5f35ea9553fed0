import { type HttpProblem, messageProblem } from './problem.ts';
import type { HttpRequest } from './request.ts';

const EMPTY = new Uint8Array(0);

/** Reads bodies whole, and counts the bytes of all that are arriving. */
export class RequestBodies {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Calls `done` once, with the body of at most `sizeMax` bytes or with why it was not read; never when the client goes away before. A body that came
   * in one piece is not copied.
   */
  read(request: HttpRequest, sizeMax: number, done: (body: Uint8Array | HttpProblem) => void): void {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > sizeMax) return done(tooLarge(sizeMax));
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    let over = false;
    const end = (body: Uint8Array | HttpProblem | undefined): void => {
      if (over) return;
      over = true;
      this.#bytes -= size;
      if (body !== undefined) done(body);
    };
    request.on('data', (chunk: Buffer) => {
      if (over) return;
      size += chunk.length;
      this.#bytes += chunk.length;
      if (size > sizeMax) return end(tooLarge(sizeMax));
      if (this.#bytes > this.#bytesMax)
        return end(
          messageProblem('limit-reached', `Bodies of more than ${this.#bytesMax} bytes are arriving (bodiesBytesMax): send again later.`),
        );
      if (first === undefined) first = chunk;
      else {
        rest ??= [first];
        rest.push(chunk);
      }
    });
    request.on('end', () => end(rest ? Buffer.concat(rest) : (first ?? EMPTY)));
    request.on('close', () => end(undefined));
  }
}

/** The connection ends with the answer: what is left of the body is not read. */
function tooLarge(sizeMax: number): HttpProblem {
  return messageProblem('body-too-large', `The body has more than ${sizeMax} bytes.`, { connection: 'close' });
}
