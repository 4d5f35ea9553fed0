import type { Attack } from '../../attack.ts';
import { mqttAnnouncedSizes, mqttGarbage, mqttHalfOpen, mqttKeepAlive, mqttMutations, mqttUnfinishedPackets } from './bytes.ts';
import { mqttChurn, mqttSessionFlood, mqttTakeOvers, mqttWillFlood } from './sessions.ts';
import { mqttNeverAcknowledges, mqttSharedChurn, mqttSlowReaders, mqttSubscriptionFlood } from './subscribers.ts';
import { mqttDeepFilters, mqttEndlessTopics, mqttOverlappingFilters, mqttRetainedFlood } from './topics.ts';

/** Attacks over MQTT, in the order in which they are run: those that leave something behind come last. */
export const MQTT_ATTACKS: readonly Attack[] = [
  mqttGarbage,
  mqttMutations,
  mqttHalfOpen,
  mqttAnnouncedSizes,
  mqttUnfinishedPackets,
  mqttKeepAlive,
  mqttSlowReaders,
  mqttNeverAcknowledges,
  mqttSubscriptionFlood,
  mqttSharedChurn,
  mqttDeepFilters,
  mqttOverlappingFilters,
  mqttRetainedFlood,
  mqttChurn,
  mqttTakeOvers,
  mqttWillFlood,
  mqttSessionFlood,
  mqttEndlessTopics,
];
