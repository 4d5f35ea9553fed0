import { REASON } from '@angarium/codec-mqtt';
import { ACCEPTED, type Outcome, type OutcomeTable, REJECTED, rejectedInWords } from '@angarium/core';

/** How a refusal is said in each packet that may say it (MQTT 5.0, section 2.4, table 2-6: not every code goes into every packet). */
export interface RefusalReasons {
  /** PUBACK and PUBREC. */
  readonly publish: number;
  /** SUBACK. */
  readonly subscribe: number;
  /** DISCONNECT. */
  readonly disconnect: number;
}

const TOPIC_INVALID = {
  publish: REASON.topicNameInvalid,
  subscribe: REASON.topicFilterInvalid,
  disconnect: REASON.topicNameInvalid,
} as const satisfies RefusalReasons;
const NOT_AUTHORIZED = everywhere(REASON.notAuthorized);
const QUOTA_EXCEEDED = everywhere(REASON.quotaExceeded);
const OTHER = everywhere(REASON.implementationSpecificError);

/**
 * Outcomes and refusals as reason codes of MQTT 5.0. In 3.1.1 a SUBACK has 0x80 for all of them (section 3.9.3); a PUBACK or PUBREC cannot
 * say anything, so the log does, and a DISCONNECT is the end of the connection.
 */
export const MQTT_OUTCOMES = {
  outcomes: {
    accepted: REASON.success,
    rejected: REASON.implementationSpecificError,
    // Nobody was there to take it.
    released: REASON.noMatchingSubscribers,
    modified: REASON.implementationSpecificError,
  },
  refusals: {
    'address-not-found': TOPIC_INVALID,
    'address-exists': OTHER,
    'address-name-invalid': TOPIC_INVALID,
    'address-spec-invalid': OTHER,
    'address-type-mismatch': OTHER,
    'address-in-use': OTHER,
    'address-deleted': OTHER,
    'addresses-exhausted': QUOTA_EXCEEDED,
    'plan-not-found': OTHER,
    'plan-in-use': OTHER,
    'space-not-found': NOT_AUTHORIZED,
    'subscription-not-found': OTHER,
    'subscription-taken-over': OTHER,
    'subscription-mismatch': OTHER,
    'capability-unsupported': OTHER,
    'message-too-large': { ...QUOTA_EXCEEDED, disconnect: REASON.packetTooLarge },
    'message-malformed': { ...OTHER, publish: REASON.payloadFormatInvalid, disconnect: REASON.payloadFormatInvalid },
    'message-not-found': OTHER,
    'message-in-use': OTHER,
    'message-target-missing': TOPIC_INVALID,
    'queue-full': QUOTA_EXCEEDED,
    'consumers-exhausted': QUOTA_EXCEEDED,
    'log-unavailable': QUOTA_EXCEEDED,
    'connections-exhausted': QUOTA_EXCEEDED,
    'sessions-exhausted': QUOTA_EXCEEDED,
    'links-exhausted': QUOTA_EXCEEDED,
    'transactions-exhausted': QUOTA_EXCEEDED,
    'transaction-too-large': QUOTA_EXCEEDED,
    'transaction-expired': OTHER,
    unauthorized: NOT_AUTHORIZED,
    'server-stopping': { ...OTHER, disconnect: REASON.serverShuttingDown },
  },
} as const satisfies OutcomeTable<number, RefusalReasons>;

function everywhere<const Code extends number>(code: Code): { publish: Code; subscribe: Code; disconnect: Code } {
  return { publish: code, subscribe: code, disconnect: code };
}

/** What a publisher is told of its message. */
export function publishReason(outcome: Outcome): number {
  const refusal = outcome.kind === 'rejected' ? outcome.refusal : undefined;
  return refusal ? MQTT_OUTCOMES.refusals[refusal.code].publish : MQTT_OUTCOMES.outcomes[outcome.kind];
}

/** The same in words; undefined: it was accepted. */
export function whyNot(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'accepted':
      return undefined;
    case 'rejected':
      return outcome.refusal?.description ?? outcome.reason?.description ?? 'its consumer rejected it';
    case 'released':
      return 'nobody was there to take it, or its consumer gave it back';
    case 'modified':
      return 'its consumer failed to take it';
  }
}

/** What a subscriber says of a message in PUBACK or PUBREC (sections 3.4.2 and 3.5.2); `why` is its reason string, which goes on to the sender. */
export function subscriberOutcome(reasonCode: number, why: string | undefined): Outcome {
  if (reasonCode < 0x80) return ACCEPTED;
  return why ? rejectedInWords(why) : REJECTED;
}

/** What reason code 0x92 of PUBREL and PUBCOMP means, in words. */
export const NOT_UNDER_WAY = 'no publish with this packet identifier is under way';

/** CONNACK return codes of 3.1.1 (table 3.1) for the reason codes that have one. */
export const RETURN_CODES_311: Readonly<Record<number, number>> = {
  [REASON.unsupportedProtocolVersion]: 1,
  [REASON.clientIdentifierNotValid]: 2,
  [REASON.serverUnavailable]: 3,
  [REASON.quotaExceeded]: 3,
  [REASON.badUserNameOrPassword]: 4,
  [REASON.notAuthorized]: 5,
};
