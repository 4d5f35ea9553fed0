import { REASON } from '@angarium/codec-mqtt';
import type { Outcome, RefusalCode } from '@angarium/core';

/** The core's refusals as reason codes of MQTT 5.0 (section 2.4). */
export const MQTT_REASONS = {
  'address-not-found': REASON.topicNameInvalid,
  'address-exists': REASON.implementationSpecificError,
  'address-name-invalid': REASON.topicNameInvalid,
  'address-type-mismatch': REASON.implementationSpecificError,
  'address-in-use': REASON.implementationSpecificError,
  'address-deleted': REASON.implementationSpecificError,
  'addresses-exhausted': REASON.quotaExceeded,
  'space-not-found': REASON.notAuthorized,
  'subscription-not-found': REASON.implementationSpecificError,
  'subscription-taken-over': REASON.implementationSpecificError,
  'subscription-mismatch': REASON.implementationSpecificError,
  'capability-unsupported': REASON.implementationSpecificError,
  'message-too-large': REASON.packetTooLarge,
  'message-malformed': REASON.payloadFormatInvalid,
  'message-target-missing': REASON.topicNameInvalid,
  'queue-full': REASON.quotaExceeded,
  'log-unavailable': REASON.quotaExceeded,
  'links-exhausted': REASON.quotaExceeded,
  unauthorized: REASON.notAuthorized,
  'server-stopping': REASON.serverShuttingDown,
} as const satisfies Record<RefusalCode, number>;

/** What a publisher is told of its message. Released: nobody was there to take it. */
export function reasonOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'accepted':
      return REASON.success;
    case 'released':
      return REASON.noMatchingSubscribers;
    case 'rejected':
      return outcome.refusal ? MQTT_REASONS[outcome.refusal.code] : REASON.implementationSpecificError;
    case 'modified':
      return REASON.implementationSpecificError;
  }
}

/** CONNACK return codes of 3.1.1 (table 3.1) for the reason codes that have one. */
export const RETURN_CODES_311: Readonly<Record<number, number>> = {
  [REASON.unsupportedProtocolVersion]: 1,
  [REASON.clientIdentifierNotValid]: 2,
  [REASON.serverUnavailable]: 3,
  [REASON.badUserNameOrPassword]: 4,
  [REASON.notAuthorized]: 5,
};
