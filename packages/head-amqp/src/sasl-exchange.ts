import { type ByteWriter, SASL_AUTH, SASL_OK, SASL_SYS_TEMP, type SaslFrame, writeSaslFrame } from '@angarium/codec-amqp';
import type { Principal } from '@angarium/core';
import type { Access, ConnectionOutput, Exchange, ExchangeReply, Mechanism, Origin, Peer } from '@angarium/transport';

/** What an answered frame has come to. */
export type SaslProgress =
  /** The peer has a challenge to respond to. */
  | { readonly kind: 'challenged' }
  | { readonly kind: 'accepted'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly why: string };

const NO_BYTES = new Uint8Array(0);

/** The server's side of SASL (part 5, section 5.3): offers mechanisms, and decides over one init and the responses to its challenges. */
export class SaslExchange {
  readonly #output: ConnectionOutput<ByteWriter>;
  readonly #access: Access;
  readonly #peer: Peer;
  readonly #mechanisms: readonly Mechanism[];
  /** Once the peer has chosen a mechanism. */
  #exchange: Exchange | undefined;

  constructor(output: ConnectionOutput<ByteWriter>, access: Access, peer: Peer) {
    this.#output = output;
    this.#access = access;
    this.#peer = peer;
    this.#mechanisms = access.mechanisms(peer);
  }

  offer(): void {
    writeSaslFrame(this.#output.room(0), { kind: 'sasl-mechanisms', mechanisms: [...this.#mechanisms] });
  }

  /** Writes a challenge or the outcome, and then calls `done`, at once or later. */
  answer(frame: SaslFrame, done: (progress: SaslProgress) => void): void {
    const reply = (answer: ExchangeReply): void => done(this.#write(answer));
    if (frame.kind === 'sasl-response' && this.#exchange) return this.#exchange.step(frame.response, reply);
    if (frame.kind !== 'sasl-init' || this.#exchange) return reply({ kind: 'failure', why: `${frame.kind} has no place here` });
    const mechanism = this.#mechanisms.find(offered => offered === frame.mechanism);
    if (mechanism === undefined) return reply({ kind: 'failure', why: `the mechanism ${frame.mechanism} is not offered` });
    const origin: Origin = { peer: this.#peer, ...(frame.hostname !== undefined && { hostname: frame.hostname }) };
    this.#exchange = this.#access.begin(mechanism, origin);
    this.#exchange.step(frame.initialResponse ?? NO_BYTES, reply);
  }

  #write(answer: ExchangeReply): SaslProgress {
    const room = this.#output.room(0);
    switch (answer.kind) {
      case 'challenge':
        writeSaslFrame(room, { kind: 'sasl-challenge', challenge: answer.data });
        return { kind: 'challenged' };
      case 'success':
        writeSaslFrame(room, { kind: 'sasl-outcome', code: SASL_OK, ...(answer.data && { additionalData: answer.data }) });
        return { kind: 'accepted', principal: answer.principal };
      case 'failure':
        writeSaslFrame(room, { kind: 'sasl-outcome', code: answer.temporary ? SASL_SYS_TEMP : SASL_AUTH });
        return { kind: 'refused', why: answer.why };
    }
  }
}
