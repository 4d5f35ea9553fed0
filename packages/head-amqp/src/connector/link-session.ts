import type { AmqpError, Attach, Begin, Detach } from '@angarium/codec-amqp';
import { describeReason } from '@angarium/core';
import type { Link } from '../link.ts';
import { Session } from '../session.ts';
import type { InitiatedConnection } from './initiated-connection.ts';

/** Who wants a link. */
export interface LinkOwner {
  /** The session is there, and the link is asked for. */
  begun(session: LinkSession): void;
  /** The remote has granted it: makes our end, and tells the session by `joined`; or answers why there shall be none. */
  answered(session: LinkSession, answer: Attach): AmqpError | undefined;
  /** The link is over, or never came to be; `why` in words, undefined where the connection broke. It is called once, last. */
  ended(why: string | undefined): void;
}

/** The handle of the only link of a session, in the frames that we send. */
export const OUR_HANDLE = 0;

/**
 * A session that we have begun for one link: what goes wrong with the one ends the other, and touches no other link. Servers differ in what they
 * end when they refuse a link, the link or its session; and each link has a window of its own.
 */
export class LinkSession extends Session {
  readonly #connection: InitiatedConnection;
  readonly #asked: Attach;
  readonly #owner: LinkOwner;
  #answered = false;
  /** Why it is over. */
  #why: string | undefined;
  #over = false;

  constructor(
    connection: InitiatedConnection,
    channel: number,
    begin: Begin,
    peerChannel: number,
    { asked, owner }: { readonly asked: Attach; readonly owner: LinkOwner },
  ) {
    super(connection, channel, begin, peerChannel);
    this.#connection = connection;
    this.#asked = asked;
    this.#owner = owner;
  }

  attachOurs(): void {
    this.connection.write({ kind: 'attach', ...this.#asked, handle: OUR_HANDLE }, this.channel);
  }

  /** The remote's answer; it may attach nothing of its own. */
  override attach(answer: Attach): void {
    const { name, role } = this.#asked;
    if (this.#answered || answer.name !== name || answer.role === role)
      return this.fail('amqp:not-allowed', `The link ${answer.name} was not asked for, and this end alone attaches.`);
    this.#answered = true;
    // Part 2, section 2.6.3: without the terminus that was asked for the link is refused, and the detach that follows says why.
    if ((role === 'sender' ? answer.target : answer.source) === undefined) return;
    const error = this.#owner.answered(this, answer);
    if (error) this.fail(error.condition, error.description ?? error.condition);
  }

  /** The link is made: it hears what the remote says. */
  joined(link: Link): void {
    this.join(link);
  }

  override detached(detach: Detach): void {
    this.#because(`the remote refuses the link: ${wordsOf(detach.error)}`);
    if (this.links > 0) super.detached(detach);
    this.#connection.endSession(this);
  }

  override endedByPeer(error: AmqpError | undefined): void {
    this.#because(`the remote ended the session: ${wordsOf(error)}`);
    super.endedByPeer(error);
  }

  /** Our end has to go: a detach would close the link, and with it what the remote keeps for it. */
  override detach(_link: Link, error: AmqpError): void {
    this.fail(error.condition, error.description ?? error.condition);
  }

  override fail(condition: string, description: string): void {
    this.#because(description);
    super.fail(condition, description);
  }

  /** Ends it in order. `close`: nothing of the link shall remain at the remote. */
  leave(close = false): void {
    if (this.#over) return;
    // Outcomes of this turn are not written yet: without them the remote would send again what is settled here.
    this.flush();
    if (close && this.links > 0) this.connection.write({ kind: 'detach', handle: OUR_HANDLE, closed: true }, this.channel);
    this.#connection.endSession(this);
  }

  override release(lost: boolean, failed?: boolean): void {
    if (this.#over) return;
    this.#over = true;
    super.release(lost, failed);
    this.#owner.ended(this.#why);
  }

  #because(why: string): void {
    this.#why ??= why;
  }
}

function wordsOf(error: AmqpError | undefined): string {
  return describeReason(error?.condition, error?.description);
}
