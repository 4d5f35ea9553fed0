import { randomUUID } from 'node:crypto';
import { type AddressSpace, Refusal, type Visit, type Wills } from '@angarium/core';
import { type HttpProblem, RequestError, refusalProblem } from './problem.ts';
import { checkUserId, encodeSent, type SentMessage } from './sent-message.ts';

/** Begins the names of HTTP's owners of wills. */
export const WILL_OWNER_PREFIX = 'http:';
/** The longest name that a client may give itself, in UTF-16 units. */
const CLIENT_LENGTH_MAX = 255;
/** The longest delay of a will, in milliseconds: a day. */
export const WILL_DELAY_MS_MAX = 86_400_000;

/** What a client asks to be said when it is gone. */
export interface AskedWill {
  /** The address or topic to which it goes. */
  readonly to: string;
  readonly message: SentMessage;
  /** The topic keeps it for those who subscribe later. */
  readonly retain: boolean;
  /** How long it waits for the client's return. */
  readonly delayMs: number;
}

/** A client as the server knows it: by the name that it gave itself, and its user. */
export interface WillClient {
  readonly visit: Visit;
  /** undefined: it has none, and cannot come back. */
  readonly client: string | undefined;
}

/** Throws `RequestError`. */
export function checkClientName(client: string): string {
  if (client !== '' && client.length <= CLIENT_LENGTH_MAX) return client;
  throw new RequestError('request-invalid', `client has to be a name of at most ${CLIENT_LENGTH_MAX} characters.`);
}

/**
 * The wills of HTTP's clients, of WebSockets and event streams alike. A client has one: the session that it began last holds it, and what
 * becomes of the others does not count.
 */
export class ClientWills {
  readonly #holders = new Map<string, SessionWill>();

  /** A session has begun: the client is here, and what waited for its return is void. */
  hold({ visit, client }: WillClient): SessionWill {
    const { space } = visit;
    const { user } = visit.principal;
    const owner = client === undefined ? WILL_OWNER_PREFIX + randomUUID() : ownerOf(user, client);
    const will = new SessionWill(visit, owner, `${space.name}\n${owner}`, this.#holders);
    will.take();
    return will;
  }

  /** The client says that it leaves: its will is void, whichever session has it. */
  goodbye(space: AddressSpace, user: string, client: string): void {
    const owner = ownerOf(user, client);
    this.#holders.delete(`${space.name}\n${owner}`);
    space.wills.cancel(owner);
  }
}

function ownerOf(user: string, client: string): string {
  return `${WILL_OWNER_PREFIX}${user}\n${client}`;
}

/** The will of a client in the hands of one session. */
export class SessionWill {
  readonly #wills: Wills;
  readonly #visit: Visit;
  readonly #owner: string;
  readonly #key: string;
  readonly #holders: Map<string, SessionWill>;

  constructor(visit: Visit, owner: string, key: string, holders: Map<string, SessionWill>) {
    this.#visit = visit;
    this.#wills = visit.space.wills;
    this.#owner = owner;
    this.#key = key;
    this.#holders = holders;
  }

  take(): void {
    this.#holders.set(this.#key, this);
    this.#wills.cancel(this.#owner);
  }

  /** Answers why there is none. Throws `RequestError`. */
  put({ to, message: sent, retain, delayMs }: AskedWill): HttpProblem | undefined {
    checkUserId(this.#visit.principal, sent);
    const message = { ...encodeSent(sent), retained: retain, retainedEmpty: retain && sent.body.length === 0 };
    const will = this.#visit.will({ to, message, delayMs });
    const refusal = will instanceof Refusal ? will : this.#wills.put(this.#owner, will);
    return refusal && refusalProblem(refusal);
  }

  /** `done` is called when what was put, or taken back, is on disk. */
  whenDurable(done: () => void): void {
    this.#wills.whenDurable(done);
  }

  /** The session is over; `failed`: without a word. */
  end(failed: boolean): void {
    if (this.#holders.get(this.#key) !== this) return;
    this.#holders.delete(this.#key);
    if (failed) this.#wills.due(this.#owner);
    else this.#wills.cancel(this.#owner);
  }
}
