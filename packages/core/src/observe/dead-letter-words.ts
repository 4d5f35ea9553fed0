import { ANNOTATIONS_PREFIX, type FieldValue, type MessageFields } from '../message/message-filter.ts';
import type { DEAD_LETTER_ANNOTATIONS } from '../queue/dead-letter.ts';
import { duration } from './words.ts';

/** Whoever may write annotations may write long ones; beyond, they are cut. */
const TEXT_LENGTH_MAX = 200;

type AboutIn<Name> = Name extends `x-opt-dead-letter-${infer What}` ? What : never;
type About = AboutIn<keyof typeof DEAD_LETTER_ANNOTATIONS>;

/**
 * Why a message became a dead letter, from what was written into it then: `left orders 3 min ago: rejected by billing-1: app:unknown-customer: no such
 * customer; 2 of 3 deliveries failed`. undefined: it is none. `nameOf`: what an address is called for who asks.
 */
export function deadLetterWords(fields: MessageFields, nowMs: number, nameOf: (address: string) => string): string | undefined {
  const about = (what: About): FieldValue => fields.get(`${ANNOTATIONS_PREFIX}x-opt-dead-letter-${what}`);
  const text = (what: About): string | undefined => textOf(about(what));
  const reason = text('reason');
  if (reason === undefined) return undefined;
  const origin = text('origin');
  const leftMs = timeOf(about('time'));
  const since = Number.isFinite(leftMs) ? ` ${duration(nowMs - leftMs)} ago` : '';
  const [attempts, deliveries] = [Number(about('attempts') ?? 0), Number(about('deliveries') ?? 0)];
  const tried =
    deliveries > 0 ? `; ${attempts} of ${deliveries === 1 ? '1 delivery' : `${deliveries} deliveries`} failed` : '; it was never delivered';
  const left = `left ${origin === undefined ? 'its address' : nameOf(origin)}${since}`;
  return `${left}: ${causeWords(reason, text)}${tried}`;
}

function causeWords(reason: string, text: (what: 'by' | 'condition' | 'description') => string | undefined): string {
  const by = text('by');
  const said = [text('condition'), text('description')].filter(part => part !== undefined).join(': ');
  switch (reason) {
    case 'rejected':
      return `rejected by ${by ?? 'its consumer'}: ${said || 'no reason given'}`;
    case 'attempts':
      return `each of its attempts failed${by === undefined ? '' : `, the last one with ${by}`}`;
    case 'expired':
      return 'it expired before anybody took it';
    default:
      return reason;
  }
}

function textOf(value: FieldValue): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX - 1)}…` : text;
}

/** AMQP has milliseconds since the epoch, MQTT the text of a date. */
function timeOf(value: FieldValue): number {
  return typeof value === 'string' ? Date.parse(value) : Number(value ?? Number.NaN);
}
