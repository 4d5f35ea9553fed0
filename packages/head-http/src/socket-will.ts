import type { Visit } from '@angarium/core';
import { type AskedWill, type ClientWills, checkClientName, type SessionWill, WILL_DELAY_MS_MAX } from './client-wills.ts';
import { durationMs } from './duration.ts';
import { messageFromJson } from './message-json.ts';
import { type HttpProblem, RequestError } from './problem.ts';

/** Codes of a close that is a goodbye (RFC 6455, section 7.4.1): normal, and none given. 1001 is a page that is left. */
const GOODBYE_CODES: ReadonlySet<number> = new Set([1000, 1005]);

/** The will of a JSON socket: what its last frame `will` said. */
export class SocketWill {
  readonly #wills: ClientWills;
  readonly #visit: Visit;
  #will: SessionWill | undefined;

  constructor(wills: ClientWills, visit: Visit) {
    this.#wills = wills;
    this.#visit = visit;
  }

  /** Takes the frame; `done` is called when the will is on disk, or at once with what is wrong. Throws `RequestError`. */
  take(frame: Readonly<Record<string, unknown>>, address: string, done: (problem: HttpProblem | undefined) => void): void {
    const { client } = frame;
    if (client !== undefined && typeof client !== 'string') throw new RequestError('request-invalid', 'client has to be a text.');
    const asked = frame.message === undefined ? undefined : askedWill(frame, address);
    const name = client === undefined ? undefined : checkClientName(client);
    this.#will?.end(false);
    const will = this.#wills.hold({ visit: this.#visit, client: name });
    this.#will = will;
    const problem = asked && will.put(asked);
    if (problem) done(problem);
    else will.whenDurable(() => done(undefined));
  }

  /** The socket was closed with this code. */
  closed(code: number): void {
    this.#will?.end(!GOODBYE_CODES.has(code));
  }
}

function askedWill(frame: Readonly<Record<string, unknown>>, address: string): AskedWill {
  const { retain = false, delay = 0 } = frame;
  const to = frame.address ?? address;
  if (typeof to !== 'string' || to === '') throw new RequestError('request-invalid', 'address has to be a text.');
  if (typeof retain !== 'boolean') throw new RequestError('request-invalid', 'retain is neither true nor false.');
  const delayMs = typeof delay === 'number' ? delay : durationMs(String(delay), 'delay');
  if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > WILL_DELAY_MS_MAX)
    throw new RequestError('request-invalid', `delay has to be from 0 to ${WILL_DELAY_MS_MAX} milliseconds.`);
  return { to, message: messageFromJson(frame.message, 'message'), retain, delayMs };
}
