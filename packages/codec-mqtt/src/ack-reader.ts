import { malformed, protocolError } from './decode-error.ts';
import type { Acknowledgement } from './packet/acknowledgement.ts';
import { decodePacket } from './packet/packet.ts';
import { FLAGS_RESERVED, type MqttVersion, PUBACK, PUBCOMP } from './packet-type.ts';
import type { Properties } from './properties.ts';

/**
 * Reads PUBACK, PUBREC, PUBREL and PUBCOMP packets (sections 3.4 to 3.7) one after the other into its own fields, with the same checks as
 * `decodePacket`. Allocates nothing for those that are all but their packet identifier.
 *
 *     packet identifier  reason code  properties
 *     2                  1, 5.0       …, 5.0
 */
export class AckReader {
  /** The packet's type: `PUBACK`, `PUBREC`, `PUBREL` or `PUBCOMP`. */
  type = PUBACK;
  packetId = 0;
  /** Always 0 in 3.1.1. */
  reasonCode = 0;
  properties: Properties | undefined = undefined;

  /** Reads the packet with this first byte and the body `bytes[start, end)`. Throws `MqttDecodeError`. */
  read(first: number, bytes: Uint8Array, start: number, end: number, version: MqttVersion): void {
    const type = first >> 4;
    if (type < PUBACK || type > PUBCOMP) throw malformed('this packet is no acknowledgement');
    this.type = type;
    if (end - start !== 2 || (first & 0x0f) !== FLAGS_RESERVED[type]) {
      this.#readRare(first, bytes, start, end, version);
      return;
    }
    const packetId = (bytes[start]! << 8) | bytes[start + 1]!;
    // [MQTT-2.2.1-3] (3.1.1: [MQTT-2.3.1-1])
    if (packetId === 0) throw protocolError('the packet identifier of an acknowledgement is zero');
    this.packetId = packetId;
    this.reasonCode = 0;
    this.properties = undefined;
  }

  #readRare(first: number, bytes: Uint8Array, start: number, end: number, version: MqttVersion): void {
    const { packetId, reasonCode, properties } = decodePacket(first, bytes, start, end, version) as Acknowledgement;
    this.packetId = packetId;
    this.reasonCode = reasonCode;
    this.properties = properties;
  }
}
