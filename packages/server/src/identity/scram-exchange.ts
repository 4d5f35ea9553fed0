import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@angarium/core';
import { type Exchange, type ExchangeReply, type ScramMechanism, saslPrepared } from '@angarium/transport';

import { SCRAM_HASHES, type ScramCredentials } from './scram-credentials.ts';

/** The longest message of a client, in bytes. */
export const SCRAM_MESSAGE_BYTES_MAX = 2048;

/** Whom a name belongs to. Where nobody has it, the credentials are such that no proof is right. */
export interface ScramUser {
  /** Lets him in, after the proof; undefined: he may not come in. */
  readonly admit: () => Principal | undefined;
  readonly credentials: ScramCredentials;
}

/** What the client's first message was about, and what it was told. */
interface Asked extends ScramUser {
  /** The channel-binding flag and the name to act for, as the client wrote them: it has to say them again. */
  readonly gs2Header: string;
  /** The client's nonce with ours behind it. */
  readonly nonce: string;
  /** Both first messages, as the proof covers them. */
  readonly firsts: string;
}

/** `invited`: the client began without a message, and was asked for one. */
type State =
  | { readonly phase: 'first'; readonly invited: boolean }
  | { readonly phase: 'final'; readonly asked: Asked }
  | { readonly phase: 'over' };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The server's side of SCRAM (RFC 5802, section 5; RFC 7677) without channel binding:
 *
 *     client                                                                          server
 *       n,,n=user,r=cnonce                                                      ──▶     gs2 header, name, nonce
 *                                          ◀──     r=cnonce snonce,s=salt,i=iterations
 *       c=base64(gs2 header),r=cnonce snonce,p=proof                             ──▶
 *                                                              ◀──     v=signature     the server knows the password too
 *
 * The proof covers all that was said, and our nonce is in it: one that was seen before proves nothing. An exchange answers each of its two
 * messages once. It is pure: the nonce comes from outside, and must never have been used before.
 */
export class ScramExchange implements Exchange {
  readonly #mechanism: ScramMechanism;
  readonly #find: (name: string) => ScramUser;
  readonly #nonce: string;
  #state: State = { phase: 'first', invited: false };

  /** `find` answers for any name, known or not; `nonce` is printable ASCII without a comma. */
  constructor(mechanism: ScramMechanism, find: (name: string) => ScramUser, nonce: string) {
    this.#mechanism = mechanism;
    this.#find = find;
    this.#nonce = nonce;
  }

  step(message: Uint8Array, reply: (reply: ExchangeReply) => void): void {
    const state = this.#state;
    if (message.length === 0 && state.phase === 'first' && !state.invited) {
      this.#state = { phase: 'first', invited: true };
      return reply({ kind: 'challenge', data: message });
    }
    this.#state = { phase: 'over' };
    const text = textOf(message);
    if (text === undefined) return reply(failure('a message is empty, too long, or no text'));
    switch (state.phase) {
      case 'first':
        return reply(this.#first(text));
      case 'final':
        return reply(this.#final(text, state.asked));
      case 'over':
        return reply(failure('a message came after the end'));
    }
  }

  /** Section 5.1: `gs2-cbind-flag "," [ "a=" authzid ] "," "n=" name "," "r=" nonce [ "," extensions ]`. */
  #first(text: string): ExchangeReply {
    const match = /^(([^,]*),(?:a=([^,]*))?,)(n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/su.exec(text);
    if (match === null) return failure('the first message is not one of SCRAM');
    const [, gs2Header, binding, actFor, bare, name, clientNonce] = match as unknown as string[];
    // y: the client could bind to the channel, and thinks that we could not, which is true.
    if (binding !== 'n' && binding !== 'y') return failure('the client asks for channel binding, which is not offered');
    const asked = nameOf(name!);
    if (asked === undefined || asked === '') return failure('the name is not a name');
    if (actFor !== undefined && nameOf(actFor) !== asked) return failure(`${asked} asks to act for somebody else`);
    const { admit, credentials } = this.#find(asked);
    const nonce = `${clientNonce}${this.#nonce}`;
    const challenge = `r=${nonce},s=${credentials.salt.toString('base64')},i=${credentials.iterations}`;
    this.#state = { phase: 'final', asked: { admit, credentials, gs2Header: gs2Header!, nonce, firsts: `${bare},${challenge}` } };
    return { kind: 'challenge', data: Buffer.from(challenge) };
  }

  /** Section 5.1: `"c=" base64 of the gs2 header "," "r=" nonce [ "," extensions ] "," "p=" base64 of the proof`. */
  #final(text: string, { admit, credentials, gs2Header, nonce, firsts }: Asked): ExchangeReply {
    const match = /^(c=([^,]+),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/]+={0,2})$/su.exec(text);
    if (match === null) return failure('the last message is not one of SCRAM');
    const [, withoutProof, binding, sameNonce, proofText] = match as unknown as string[];
    if (binding !== Buffer.from(gs2Header).toString('base64')) return failure('the header is not the one of the first message');
    if (sameNonce !== nonce) return failure('the nonce is not the one of this exchange');
    const { name, bytes } = SCRAM_HASHES[this.#mechanism];
    const proof = Buffer.from(proofText!, 'base64');
    if (proof.length !== bytes) return failure('the proof is not as long as the hash');
    const signed = `${firsts},${withoutProof}`;
    const clientKey = createHmac(name, credentials.storedKey).update(signed).digest();
    for (let at = 0; at < bytes; at++) clientKey[at] = clientKey[at]! ^ proof[at]!;
    const right = timingSafeEqual(createHash(name).update(clientKey).digest(), credentials.storedKey);
    const principal = right ? admit() : undefined;
    if (principal === undefined) return failure('the user name or the password is wrong');
    const signature = createHmac(name, credentials.serverKey).update(signed).digest('base64');
    return { kind: 'success', principal, data: Buffer.from(`v=${signature}`) };
  }
}

function failure(why: string): ExchangeReply {
  return { kind: 'failure', why };
}

function textOf(message: Uint8Array): string | undefined {
  if (message.length === 0 || message.length > SCRAM_MESSAGE_BYTES_MAX) return undefined;
  try {
    const text = decoder.decode(message);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A name as it stands in a message: =2C is a comma, =3D an equals sign, and no other = may be there. */
function nameOf(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined;
  return saslPrepared(text.replaceAll('=2C', ',').replaceAll('=3D', '='));
}
