import { type ByteWriter, SASL_AUTH, SASL_OK, type SaslFrame, writeSaslFrame } from '@angarium/codec-amqp';
import type { Access, ConnectionOutput, Identity, Mechanism, Peer } from '@angarium/transport';

/** The server's side of SASL (part 5, section 5.3): offers mechanisms, and decides over one init. */
export class SaslExchange {
  readonly #output: ConnectionOutput<ByteWriter>;
  readonly #access: Access;
  readonly #peer: Peer;
  readonly #mechanisms: readonly Mechanism[];

  constructor(output: ConnectionOutput<ByteWriter>, access: Access, peer: Peer) {
    this.#output = output;
    this.#access = access;
    this.#peer = peer;
    this.#mechanisms = access.mechanisms(peer);
  }

  offer(): void {
    writeSaslFrame(this.#output.room(0), { kind: 'sasl-mechanisms', mechanisms: [...this.#mechanisms] });
  }

  /** Writes the outcome and calls `done` with who it is, at once or later; undefined: refused. */
  answer(frame: SaslFrame, done: (identity: Identity | undefined) => void): void {
    const decide = (identity: Identity | undefined): void => {
      writeSaslFrame(this.#output.room(0), { kind: 'sasl-outcome', code: identity ? SASL_OK : SASL_AUTH });
      done(identity);
    };
    if (frame.kind !== 'sasl-init') return decide(undefined);
    const mechanism = this.#mechanisms.find(offered => offered === frame.mechanism);
    switch (mechanism) {
      case undefined:
        return decide(undefined);
      case 'ANONYMOUS':
        return this.#access.authenticate(mechanism, { user: '', password: '' }, this.#peer, decide);
      case 'PLAIN': {
        const credentials = plainCredentials(frame.initialResponse);
        return credentials ? this.#access.authenticate(mechanism, credentials, this.#peer, decide) : decide(undefined);
      }
    }
  }
}

/** RFC 4616: [authorization identity] NUL user NUL password, in UTF-8. To act as somebody else is refused. */
function plainCredentials(response: Uint8Array | undefined): { user: string; password: string } | undefined {
  const parts = new TextDecoder().decode(response).split('\0');
  if (parts.length !== 3) return undefined;
  const [authorization, user, password] = parts as [string, string, string];
  if (user === '' || (authorization !== '' && authorization !== user)) return undefined;
  return { user, password };
}
