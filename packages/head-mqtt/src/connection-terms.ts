import type { Connect, Properties } from '@angarium/codec-mqtt';
import { keepAliveSeconds, type MqttLimits } from './limits.ts';
import { EXPIRY_NEVER } from './session.ts';

/** What a client gets of what it has asked for in CONNECT. */
export interface Terms {
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  readonly sessionExpirySeconds: number;
  /** Of the CONNACK, in MQTT 5.0 (section 3.2.2.3). */
  readonly properties: Properties;
}

/** `assignedId` is for a client without an identifier of its own. */
export function termsOf(connect: Connect, limits: MqttLimits, assignedId: () => string): Terms {
  const { properties: asked = {}, version, cleanStart } = connect;
  const properties: Properties = {
    receiveMaximum: limits.receiveMaximum,
    maximumPacketSize: limits.packetSizeBytesMax,
    topicAliasMaximum: limits.topicAliasMaximum,
  };
  const clientId = connect.clientId === '' ? assignedId() : connect.clientId;
  // [MQTT-3.1.3-7]
  if (connect.clientId === '') properties.assignedClientIdentifier = clientId;
  const keepAlive = keepAliveSeconds(connect.keepAliveSeconds, limits);
  if (keepAlive !== connect.keepAliveSeconds) properties.serverKeepAlive = keepAlive;
  const expirySeconds = version === 5 ? (asked.sessionExpiryInterval ?? 0) : cleanStart ? 0 : EXPIRY_NEVER;
  const sessionExpirySeconds = Math.min(expirySeconds, limits.sessionExpirySecondsMax);
  if (sessionExpirySeconds !== expirySeconds) properties.sessionExpiryInterval = sessionExpirySeconds;
  if (asked.requestResponseInformation) properties.responseInformation = `response/${clientId}/`;
  return { clientId, keepAliveSeconds: keepAlive, sessionExpirySeconds, properties };
}
