import { randomBytes } from 'node:crypto';
import type { Access } from '@angarium/transport';
import { ANONYMOUS, type Authenticator } from './authenticator.ts';
import { ScramExchange } from './scram-exchange.ts';

/** Of the server's part of a nonce: as good as never the same twice. */
const NONCE_BYTES = 18;

/**
 * How peers say who they are: by SCRAM where users have credentials for it, with a password once there are users, anonymously where that is
 * allowed. `secret` is the server's own, and the same after a restart.
 */
export function peerAccess(authenticator: Authenticator, secret: Uint8Array): Access {
  const { scram } = authenticator;
  return {
    mechanisms: peer => [
      ...scram.mechanisms,
      ...(authenticator.hasUsers ? (['PLAIN'] as const) : []),
      ...(authenticator.allowsAnonymous(peer.loopback) ? (['ANONYMOUS'] as const) : []),
    ],
    authenticate: (mechanism, credentials, peer, done) => {
      if (mechanism === 'ANONYMOUS') done(authenticator.allowsAnonymous(peer.loopback) ? ANONYMOUS : undefined);
      else void authenticator.authenticate(credentials.user, credentials.password).then(done);
    },
    begin: mechanism =>
      new ScramExchange(mechanism, name => scram.find(mechanism, name, secret), randomBytes(NONCE_BYTES).toString('base64')),
  };
}
