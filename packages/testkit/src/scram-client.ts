import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/**
 * A client's side of SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, section 3): what it sends first, what it answers, and whether the server's last
 * word is right.
 */
export class ScramClient {
  readonly #hash: 'sha256' | 'sha512';
  readonly #password: string;
  readonly #bare: string;
  #serverSignature = '';

  constructor(mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', user: string, password: string, nonce = randomBytes(12).toString('base64')) {
    this.#hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    this.#password = password;
    this.#bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  get first(): Buffer {
    return Buffer.from(`n,,${this.#bare}`);
  }

  /** The answer to the server's challenge. */
  final(challenge: Uint8Array): Buffer {
    const text = Buffer.from(challenge).toString();
    const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(text)!;
    const bytes = this.#hash === 'sha256' ? 32 : 64;
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt!, 'base64'), Number(iterations), bytes, this.#hash);
    const clientKey = this.#hmac(salted, 'Client Key');
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    const signed = `${this.#bare},${text},${withoutProof}`;
    const signature = this.#hmac(createHash(this.#hash).update(clientKey).digest(), signed);
    const proof = clientKey.map((byte, at) => byte ^ signature[at]!);
    this.#serverSignature = this.#hmac(this.#hmac(salted, 'Server Key'), signed).toString('base64');
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  /** Whether the server knows the password too. */
  verifies(last: Uint8Array | undefined): boolean {
    return last !== undefined && Buffer.from(last).toString() === `v=${this.#serverSignature}`;
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest();
  }
}
