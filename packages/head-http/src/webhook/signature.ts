import { createHmac, randomBytes } from 'node:crypto';

/** As the specification "Standard Webhooks" has it: the prefix, and 24 to 64 bytes in base64. */
const PREFIX = 'whsec_';
const KEY_BYTES = { made: 32, min: 24, max: 64 };

export function makeSecret(): string {
  return `${PREFIX}${randomBytes(KEY_BYTES.made).toString('base64')}`;
}

/** The key of a secret; undefined: it is none. */
export function secretKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(secret.slice(PREFIX.length))) return undefined;
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return key.length >= KEY_BYTES.min && key.length <= KEY_BYTES.max ? key : undefined;
}

/**
 * The signature of one attempt (Standard Webhooks, "Signature scheme"): HMAC-SHA256 over
 *
 *     webhook-id . webhook-timestamp . body
 */
export function sign(key: Uint8Array, id: string, timestamp: number, body: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}
