import type { Will } from '@angarium/codec-mqtt';
import { ByteWriter, encodePacket, PublishReader } from '@angarium/codec-mqtt';
import { type AddressSpace, emptyMessage, type Message, Refusal, type Visit } from '@angarium/core';
import { fillFromPublish } from './stored-publish.ts';
import { refuseUserId } from './user-id.ts';

/** Begins the names of MQTT's owners of wills; the client identifier follows. */
const OWNER_PREFIX = 'mqtt:';

/** The wills of MQTT's clients (section 3.1.2.5), as those of the core: each client has one. */
export class MqttWills {
  /** A client has come with a will, or without: the one of before is void [MQTT-3.1.3-9]. A refusal says why the new one is not kept. */
  put(visit: Visit, clientId: string, will: Will | undefined): Refusal | undefined {
    const { space } = visit;
    if (!will) {
      this.cancel(space, clientId);
      return undefined;
    }
    const delayMs = 1000 * (will.properties?.willDelayInterval ?? 0);
    const refused = refuseUserId(visit.principal, will.properties?.userProperties);
    if (refused) return refused;
    const kept = visit.will({ to: will.topic, message: messageOf(will), delayMs });
    return kept instanceof Refusal ? kept : space.wills.put(OWNER_PREFIX + clientId, kept);
  }

  /** The client has said goodbye [MQTT-3.1.2-10], or is back before the delay was over. */
  cancel(space: AddressSpace, clientId: string): void {
    space.wills.cancel(OWNER_PREFIX + clientId);
  }

  /** The client is gone without a word: its will is published after its delay, or when its session ends, whichever comes first. */
  due(space: AddressSpace, clientId: string, sessionExpirySeconds: number): void {
    space.wills.due(OWNER_PREFIX + clientId, 1000 * sessionExpirySeconds);
  }

  /** After a restart: the clients of all wills are gone. */
  restore(space: AddressSpace, sessionExpirySeconds: (clientId: string) => number): void {
    space.wills.restore(OWNER_PREFIX, owner => 1000 * sessionExpirySeconds(owner.slice(OWNER_PREFIX.length)));
  }
}

/** What a PUBLISH of the will would be as a message: the fields of a will are those of a PUBLISH, but for its delay. */
function messageOf({ topic, payload, qos, retain, properties }: Will): Message {
  const { willDelayInterval: _delay, ...forwarded } = properties ?? {};
  const writer = new ByteWriter();
  encodePacket(writer, { kind: 'publish', topic, qos, duplicate: false, retain, packetId: 1, properties: forwarded, payload }, 5);
  const publish = new PublishReader();
  let at = 1;
  while (writer.bytes[at]! > 0x7f) at++;
  publish.read(writer.bytes[0]!, writer.bytes, at + 1, writer.length, 5);
  const message = emptyMessage();
  fillFromPublish(message, publish, writer.bytes);
  return message;
}
