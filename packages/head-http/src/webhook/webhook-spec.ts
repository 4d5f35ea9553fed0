import { isIP } from 'node:net';
import { isPrivate, PrivateTarget } from './private-network.ts';
import { secretKey } from './signature.ts';

/** What a webhook shall do. */
export interface WebhookSpec {
  /** Whose messages are pushed; of a topic, those of a subscription of the webhook's own. */
  readonly address: string;
  readonly url: string;
  /** How the event is written (CloudEvents HTTP binding, section 3). */
  readonly mode: 'binary' | 'structured';
  /** `whsec_` and 24 to 64 bytes in base64; requests are signed with it. */
  readonly secret: string;
  /** The field `authorization` of requests. */
  readonly authorization?: string;
  /** Requests at a time, those that wait for their next attempt included. */
  readonly inFlightMax: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** After so many the message is rejected, and goes where the address has its dead letters. */
  readonly attemptsMax: number;
  /** Before the second attempt; doubled for each further one. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
}

export const WEBHOOK_DEFAULTS = {
  mode: 'binary',
  inFlightMax: 10,
  timeoutMs: 15_000,
  attemptsMax: 16,
  retryMs: 1000,
  retryMaxMs: 3_600_000,
} as const satisfies Partial<WebhookSpec>;

/** The host of a URL as sockets take it, without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Why there cannot be such a webhook, in words. A name is looked up when it is called, and not now. */
export function refuseWebhookSpec({ url, secret, authorization }: WebhookSpec, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(url)) return `${url} is no URL`;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return `the URL begins with ${parsed.protocol}, and not with https:`;
  if (parsed.username !== '' || parsed.password !== '') return 'the URL has a password: give it as authorization';
  const host = hostOf(parsed);
  if (!allowPrivate && isIP(host) !== 0 && isPrivate(host)) return new PrivateTarget(host).message;
  if (authorization !== undefined && !/^[\x21-\x7e]([ -~]*[\x21-\x7e])?$/.test(authorization)) return 'authorization is no header field';
  if (secretKey(secret) === undefined) return 'the secret is not whsec_ and 24 to 64 bytes in base64';
  return undefined;
}
