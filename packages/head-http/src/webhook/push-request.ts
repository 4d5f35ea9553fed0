import { randomUUID } from 'node:crypto';
import { cloudEvent, EVENT_TYPE, eventAttributes, isStructured } from '../cloud-event.ts';
import { cloudEventText } from '../message-headers.ts';
import { rawMessage } from '../receive.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { WebhookSpec } from './webhook-spec.ts';

/** A message as it is pushed, but for what differs from attempt to attempt. */
export interface PushRequest {
  /** The same for all attempts: a receiver knows by it what it has had already. */
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The message as a CloudEvent over HTTP (CloudEvents HTTP protocol binding 1.0): one that was none becomes the data of one. */
export function pushRequest(message: ReceivedMessage, { address, mode }: WebhookSpec): PushRequest {
  if (mode === 'structured' || isStructured(message)) {
    const event = cloudEvent(message, address, false);
    return { id: idOf(event), headers: { 'content-type': `${EVENT_TYPE}; charset=utf-8` }, body: Buffer.from(JSON.stringify(event)) };
  }
  const attributes = eventAttributes(message, address);
  const { headers, body } = rawMessage(message);
  // What the message has said is among its fields already.
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes))
    if (/^[a-z0-9]+$/.test(name)) fields[`ce-${name}`] = cloudEventText(String(value)) ?? '';
  return { id: idOf(attributes), headers: { ...fields, ...headers }, body };
}

/** As a header field can have it. */
function idOf({ id }: Readonly<Record<string, unknown>>): string {
  return cloudEventText(String(id ?? '')) || randomUUID();
}
