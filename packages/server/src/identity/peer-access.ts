import { randomBytes } from 'node:crypto';
import { Principal } from '@angarium/core';
import { type Access, type Denial, type Exchange, type ExchangeReply, isScram, type Mechanism, type Origin } from '@angarium/transport';
import type { Authenticator } from './authenticator.ts';
import { BUSY, WRONG } from './authority.ts';
import { bearerToken, externalName, plainCredentials, type TokenMessage, xoauth2Token } from './sasl-messages.ts';
import { ScramExchange } from './scram-exchange.ts';

/** Of the server's part of a nonce: as good as never the same twice. */
const NONCE_BYTES = 18;
const NO_BYTES = new Uint8Array(0);

type Answer = Principal | Denial;
type Reply = (reply: ExchangeReply) => void;

/** How peers say who they are: each mechanism that may be offered, and what protocols have without mechanisms. */
export function peerAccess(authenticator: Authenticator): Access {
  return {
    mechanisms: peer => authenticator.mechanisms(peer),
    password: (credentials, origin, done) => void authenticator.password(credentials, origin).then(done),
    nameless: origin => authenticator.nameless(origin),
    space: origin => authenticator.spaceOf(origin),
    begin: (mechanism, origin) => begin(authenticator, mechanism, origin),
  };
}

function begin(authenticator: Authenticator, mechanism: Mechanism, origin: Origin): Exchange {
  if (mechanism === 'PLAIN')
    return once((message, reply) => {
      const credentials = plainCredentials(message);
      if (credentials === undefined) reply(failure('the response is not one of PLAIN'));
      else void authenticator.password(credentials, origin).then(answer => reply(replyOf(answer)));
    });
  const authority = authenticator.authorityOf(origin);
  if (authority?.begin && authority.mechanisms.includes(mechanism)) return relayed(authenticator, authority.begin(mechanism), origin);
  if (isScram(mechanism)) {
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    let user = '';
    const find = (name: string) => {
      user = name;
      return authenticator.scramUser(mechanism, name, origin);
    };
    return slowed(authenticator, new ScramExchange(mechanism, find, nonce), origin, () => user);
  }
  switch (mechanism) {
    case 'OAUTHBEARER':
    case 'XOAUTH2':
      return new TokenExchange(authenticator, mechanism, origin);
    case 'EXTERNAL':
      return once((message, reply) => {
        const name = externalName(message);
        const answer = name === undefined ? undefined : authenticator.certificate(origin, name);
        reply(answer ? replyOf(answer) : failure('there is no certificate that names a user'));
      });
    case 'ANONYMOUS':
      return once((_message, reply) => reply(replyOf(authenticator.nameless(origin))));
  }
}

/** An exchange of one message. */
function once(step: Exchange['step']): Exchange {
  let over = false;
  return {
    step: (message, reply) => {
      if (over) return reply(failure('a message came after the end'));
      over = true;
      step(message, reply);
    },
  };
}

/** What goes wrong in an exchange is a failed attempt, and is told when its time has come. */
function slowed(authenticator: Authenticator, exchange: Exchange, origin: Origin, user: () => string): Exchange {
  return {
    step: (message, reply) => {
      if (authenticator.refusesSource(origin)) return reply(BUSY);
      exchange.step(message, answer => {
        if (answer.kind === 'failure' && !answer.temporary) authenticator.failed(origin, user(), () => reply(answer));
        else reply(answer);
      });
    },
  };
}

/** An exchange of which somebody else knows how it ends. */
function relayed(
  authenticator: Authenticator,
  exchange: ReturnType<NonNullable<NonNullable<ReturnType<Authenticator['authorityOf']>>['begin']>>,
  origin: Origin,
): Exchange {
  const admitting: Exchange = {
    step: (message, reply) =>
      exchange.step(message, answer => {
        if (answer.kind !== 'success') return reply(answer);
        const admitted = authenticator.relayed(origin, answer.identity);
        reply(
          admitted instanceof Principal ? { kind: 'success', principal: admitted, ...(answer.data && { data: answer.data }) } : admitted,
        );
      }),
  };
  return slowed(authenticator, admitting, origin, () => '');
}

/**
 * OAUTHBEARER and XOAUTH2: a token, and where OAUTHBEARER's is not taken, a challenge that says why, which the client answers before it is refused
 * (RFC 7628, section 3.2.3).
 */
class TokenExchange implements Exchange {
  readonly #authenticator: Authenticator;
  readonly #mechanism: 'OAUTHBEARER' | 'XOAUTH2';
  readonly #origin: Origin;
  #state: 'begun' | 'invited' | 'refused' | 'over' = 'begun';
  #denial: Denial = WRONG;

  constructor(authenticator: Authenticator, mechanism: 'OAUTHBEARER' | 'XOAUTH2', origin: Origin) {
    this.#authenticator = authenticator;
    this.#mechanism = mechanism;
    this.#origin = origin;
  }

  step(message: Uint8Array, reply: Reply): void {
    if (this.#state === 'begun' && message.length === 0) {
      this.#state = 'invited';
      return reply({ kind: 'challenge', data: NO_BYTES });
    }
    const before = this.#state;
    this.#state = 'over';
    // Whatever it says to the challenge: it has been refused.
    if (before === 'refused') return reply(this.#denial);
    if (before === 'over') return reply(failure('a message came after the end'));
    const shown: TokenMessage | undefined = this.#mechanism === 'XOAUTH2' ? xoauth2Token(message) : bearerToken(message);
    if (shown === undefined) return reply(failure(`the response is not one of ${this.#mechanism}`));
    void this.#authenticator.token(shown.token, this.#origin, shown.user).then(answer => {
      if (answer instanceof Principal) return reply({ kind: 'success', principal: answer });
      if (answer.temporary) return reply(answer);
      // Common clients of XOAUTH2 in AMQP know no challenge.
      if (this.#mechanism === 'XOAUTH2') return reply(answer);
      this.#denial = answer;
      this.#state = 'refused';
      reply({ kind: 'challenge', data: Buffer.from(JSON.stringify(this.#problem())) });
    });
  }

  /** RFC 7628, section 3.2.2. */
  #problem(): Record<string, string> {
    const discovery = this.#authenticator.authorityOf(this.#origin)?.discoveryUrl;
    return { status: 'invalid_token', ...(discovery !== undefined && { 'openid-configuration': discovery }) };
  }
}

function replyOf(answer: Answer): ExchangeReply {
  return answer instanceof Principal ? { kind: 'success', principal: answer } : answer;
}

function failure(why: string): Denial {
  return { kind: 'failure', why };
}
