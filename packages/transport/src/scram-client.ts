import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import type { ScramMechanism } from './peer.ts';
import { saslPrepared } from './sasl-prep.ts';

/** Names and sizes in bytes of the mechanisms' hash functions. */
const HASHES = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
} as const satisfies Record<ScramMechanism, { readonly name: string; readonly bytes: number }>;

/** RFC 7677, section 4: a server that asks for fewer wants the password to be guessed. */
const ITERATIONS_MIN = 4096;
/** A server that asks for more wants our time. */
const ITERATIONS_MAX = 1_000_000;
/** Of our part of the nonce. */
const NONCE_BYTES = 18;
/** The longest message of a server, in bytes. */
const MESSAGE_BYTES_MAX = 2048;
/** The header without channel binding (RFC 5802, section 7). */
const GS2_HEADER = 'n,,';

/** What the client has to say next, or why it says no more. */
export type ScramAnswer = { readonly message: Uint8Array } | { readonly why: string };

/**
 * The client's side of SCRAM (RFC 5802, section 5; RFC 7677) without channel binding. It is used once: `first`, `final` with the server's
 * challenge, and then `verify` with its last word, without which nobody knows that the server is who it should be.
 */
export class ScramClient {
  readonly #hash: (typeof HASHES)[ScramMechanism];
  readonly #password: string;
  readonly #nonce: string;
  readonly #bare: string;
  #serverSignature: string | undefined;

  /** Names and passwords with characters that cannot be in one are used as they are: the server will say no. */
  constructor(
    mechanism: ScramMechanism,
    { user, password }: { readonly user: string; readonly password: string },
    nonce: string = randomBytes(NONCE_BYTES).toString('base64'),
  ) {
    this.#hash = HASHES[mechanism];
    this.#password = saslPrepared(password) ?? password;
    this.#nonce = nonce;
    const name = (saslPrepared(user) ?? user).replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#bare = `n=${name},r=${nonce}`;
  }

  /** The first message: who we are. */
  get first(): Uint8Array {
    return Buffer.from(`${GS2_HEADER}${this.#bare}`);
  }

  /** Answers the server's challenge with the proof that we know the password; `done` is called once, later. */
  final(challenge: Uint8Array, done: (answer: ScramAnswer) => void): void {
    const text = textOf(challenge);
    const match = /^r=([^,]+),s=([A-Za-z0-9+/]+={0,2}),i=(\d{1,9})(?:,.*)?$/su.exec(text);
    if (match === null) return done({ why: 'its challenge is not one of SCRAM' });
    const [, nonce, salt, digits] = match as unknown as string[];
    const iterations = Number(digits);
    if (!nonce!.startsWith(this.#nonce) || nonce!.length === this.#nonce.length) return done({ why: 'its nonce does not go on from ours' });
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX)
      return done({ why: `it asks for ${iterations} iterations, which is not between ${ITERATIONS_MIN} and ${ITERATIONS_MAX}` });
    const { name, bytes } = this.#hash;
    pbkdf2(this.#password, Buffer.from(salt!, 'base64'), iterations, bytes, name, (error, salted) => {
      if (error) return done({ why: error.message });
      done({ message: this.#prove(salted, text, nonce!) });
    });
  }

  #prove(salted: Buffer, challenge: string, nonce: string): Uint8Array {
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const signed = `${this.#bare},${challenge},${withoutProof}`;
    const clientKey = this.#hmac(salted, 'Client Key');
    const storedKey = createHash(this.#hash.name).update(clientKey).digest();
    const signature = this.#hmac(storedKey, signed);
    this.#serverSignature = this.#hmac(this.#hmac(salted, 'Server Key'), signed).toString('base64');
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`);
  }

  /** Whether the server knows the password too. */
  verify(last: Uint8Array): boolean {
    return this.#serverSignature !== undefined && /^v=([^,]+)/.exec(textOf(last))?.[1] === this.#serverSignature;
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#hash.name, key).update(text).digest();
  }
}

function textOf(message: Uint8Array): string {
  return message.length > MESSAGE_BYTES_MAX ? '' : Buffer.from(message.buffer, message.byteOffset, message.length).toString('utf8');
}
