import { randomBytes } from 'node:crypto';
import { Principal } from '@angarium/core';
import {
  type Access,
  type Denial,
  type Exchange,
  type ExchangeReply,
  isScram,
  type Origin,
  type ScramMechanism,
} from '@angarium/transport';
import type { Principals } from '../authorization/principals.ts';
import { ANONYMOUS, type Authenticator } from './authenticator.ts';
import { ScramExchange } from './scram-exchange.ts';

/** Of the server's part of a nonce: as good as never the same twice. */
const NONCE_BYTES = 18;

const NOBODY: Denial = { kind: 'failure', why: 'this server wants a user name and a password' };
const WRONG: Denial = { kind: 'failure', why: 'the user name or the password is wrong' };

/**
 * How peers say who they are: by SCRAM where users have credentials for it, with a password once there are users, anonymously where that is
 * allowed. `secret` is the server's own, and the same after a restart.
 */
export function peerAccess(authenticator: Authenticator, principals: Principals, secret: Uint8Array): Access {
  const { scram } = authenticator;
  const nameless = ({ peer }: Origin): Principal | Denial =>
    authenticator.allowsAnonymous(peer.loopback) ? principals.of(ANONYMOUS.user) : NOBODY;
  const password: Access['password'] = (credentials, _origin, done) =>
    void authenticator.authenticate(credentials.user, credentials.password).then(user => done(user ? principals.of(user.user) : WRONG));
  const find = (mechanism: ScramMechanism) => (name: string) => {
    const { user, credentials } = scram.find(mechanism, name, secret);
    return { principal: user === undefined ? undefined : principals.of(user), credentials };
  };
  return {
    mechanisms: peer => [
      ...scram.mechanisms,
      ...(authenticator.hasUsers ? (['PLAIN'] as const) : []),
      ...(authenticator.allowsAnonymous(peer.loopback) ? (['ANONYMOUS'] as const) : []),
    ],
    password,
    nameless,
    begin: (mechanism, origin) => {
      if (isScram(mechanism)) return new ScramExchange(mechanism, find(mechanism), randomBytes(NONCE_BYTES).toString('base64'));
      if (mechanism === 'PLAIN')
        return once((message, reply) => {
          const credentials = plainCredentials(message);
          if (credentials === undefined) reply({ kind: 'failure', why: 'the response is not one of PLAIN' });
          else password(credentials, origin, answer => reply(replyOf(answer)));
        });
      return once((_message, reply) => reply(mechanism === 'ANONYMOUS' ? replyOf(nameless(origin)) : NOBODY));
    },
  };
}

function replyOf(answer: Principal | Denial): ExchangeReply {
  return answer instanceof Principal ? { kind: 'success', principal: answer } : answer;
}

/** An exchange of one message. */
function once(step: Exchange['step']): Exchange {
  let over = false;
  return {
    step: (message, reply) => {
      if (over) return reply({ kind: 'failure', why: 'a message came after the end' });
      over = true;
      step(message, reply);
    },
  };
}

/** RFC 4616: [authorization identity] NUL user NUL password, in UTF-8. To act as somebody else is refused. */
function plainCredentials(response: Uint8Array): { user: string; password: string } | undefined {
  const parts = new TextDecoder().decode(response).split('\0');
  if (parts.length !== 3) return undefined;
  const [authorization, user, password] = parts as [string, string, string];
  if (user === '' || (authorization !== '' && authorization !== user)) return undefined;
  return { user, password };
}
