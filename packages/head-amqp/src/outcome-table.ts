import type { AmqpError, DeliveryState } from '@angarium/codec-amqp';
import { AmqpMap, ByteWriter, decodeValue, encodeValue, STATE_ACCEPTED, STATE_RELEASED, toPlain } from '@angarium/codec-amqp';
import {
  ACCEPTED,
  type Annotations,
  type ConsumerReason,
  type Outcome,
  type OutcomeTable,
  REJECTED,
  RELEASED,
  type Refusal,
} from '@angarium/core';

/** Outcomes as delivery states (part 3, section 3.4), and refusals as conditions (part 2, section 2.8.15 to 2.8.18). */
export const AMQP_OUTCOMES = {
  outcomes: { accepted: 'accepted', rejected: 'rejected', released: 'released', modified: 'modified' },
  refusals: {
    'address-not-found': 'amqp:not-found',
    'address-exists': 'amqp:precondition-failed',
    'address-name-invalid': 'amqp:invalid-field',
    'address-spec-invalid': 'amqp:invalid-field',
    'address-type-mismatch': 'amqp:precondition-failed',
    'address-in-use': 'amqp:resource-locked',
    'address-deleted': 'amqp:resource-deleted',
    'addresses-exhausted': 'amqp:resource-limit-exceeded',
    'plan-not-found': 'amqp:not-found',
    'plan-in-use': 'amqp:resource-locked',
    'space-not-found': 'amqp:not-found',
    'subscription-not-found': 'amqp:not-found',
    'subscription-taken-over': 'amqp:link:stolen',
    'subscription-mismatch': 'amqp:precondition-failed',
    'capability-unsupported': 'amqp:not-implemented',
    'message-too-large': 'amqp:link:message-size-exceeded',
    'message-malformed': 'amqp:decode-error',
    'message-not-found': 'amqp:not-found',
    'message-in-use': 'amqp:resource-locked',
    'message-target-missing': 'amqp:precondition-failed',
    'queue-full': 'amqp:resource-limit-exceeded',
    'consumers-exhausted': 'amqp:resource-limit-exceeded',
    'log-unavailable': 'amqp:resource-limit-exceeded',
    'connections-exhausted': 'amqp:resource-limit-exceeded',
    'sessions-exhausted': 'amqp:resource-limit-exceeded',
    'links-exhausted': 'amqp:resource-limit-exceeded',
    'transactions-exhausted': 'amqp:resource-limit-exceeded',
    'transaction-too-large': 'amqp:resource-limit-exceeded',
    'transaction-expired': 'amqp:transaction:timeout',
    unauthorized: 'amqp:unauthorized-access',
    'server-stopping': 'amqp:connection:forced',
  },
} as const satisfies OutcomeTable<DeliveryState['kind'], string>;

export function refusalError(refusal: Refusal): AmqpError {
  return { condition: AMQP_OUTCOMES.refusals[refusal.code], description: refusal.description };
}

/** What the peer is told of a delivery: the outcome as a delivery state (part 3, section 3.4). */
export function stateOf(outcome: Outcome): DeliveryState {
  switch (outcome.kind) {
    case 'accepted':
      return STATE_ACCEPTED;
    case 'released':
      return STATE_RELEASED;
    case 'rejected':
      if (outcome.refusal) return { kind: 'rejected', error: refusalError(outcome.refusal) };
      return outcome.reason ? { kind: 'rejected', error: { ...outcome.reason } } : { kind: 'rejected' };
    case 'modified': {
      const { deliveryFailed, undeliverableHere, annotations } = outcome;
      return { kind: 'modified', deliveryFailed, undeliverableHere, ...(annotations && { messageAnnotations: readMap(annotations) }) };
    }
  }
}

/** What the peer said of a delivery; undefined for a state that is no outcome. */
export function outcomeOf(state: DeliveryState | undefined): Outcome | undefined {
  switch (state?.kind) {
    case 'accepted':
      return ACCEPTED;
    case 'released':
      return RELEASED;
    case 'rejected':
      return state.error ? { kind: 'rejected', reason: reasonOf(state.error) } : REJECTED;
    case 'modified': {
      const { deliveryFailed = false, undeliverableHere = false, messageAnnotations } = state;
      return {
        kind: 'modified',
        deliveryFailed,
        undeliverableHere,
        ...delayOf(messageAnnotations),
        ...(messageAnnotations && { annotations: writeMap(messageAnnotations), changes: changesOf(messageAnnotations) }),
      };
    }
    default:
      return undefined;
  }
}

function reasonOf({ condition, description }: AmqpError): ConsumerReason {
  return description === undefined ? { condition } : { condition, description };
}

const DELAY = 'x-opt-delivery-delay';

/** When the message may be delivered again, as the consumer wants it (the annotation that also says so of a message that is sent). */
function delayOf(annotations: AmqpMap | undefined): { delayMs?: number } {
  const delay = Number(toPlain(annotations?.get(DELAY) ?? null) ?? Number.NaN);
  return delay >= 0 ? { delayMs: delay } : {};
}

/** What a stored message takes over: texts, numbers and times. */
function changesOf(annotations: AmqpMap): Annotations {
  const changes = new Map<string, string | number | Date>();
  for (const [name, typed] of annotations.entries) {
    const value = toPlain(typed);
    if (typeof value === 'string' || typeof value === 'number' || value instanceof Date) changes.set(String(toPlain(name)), value);
  }
  changes.delete(DELAY);
  return changes;
}

function writeMap(map: AmqpMap): Uint8Array {
  const writer = new ByteWriter();
  encodeValue(writer, map);
  return writer.bytes.slice(0, writer.length);
}

function readMap(bytes: Uint8Array): AmqpMap {
  const { value } = decodeValue(bytes, 0, bytes.length);
  return value instanceof AmqpMap ? value : new AmqpMap([]);
}
