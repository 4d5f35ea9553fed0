import type { Properties, Qos, Will } from '@angarium/codec-mqtt';
import { ByteWriter, encodePacket, PublishReader } from '@angarium/codec-mqtt';
import { type AddressSpace, type Details, emptyMessage, type Turn } from '@angarium/core';
import { Publisher } from './publisher.ts';
import { fillFromPublish } from './stored-publish.ts';

const NOTE_PREFIX = 'mqtt-will:';

/**
 * Wills that wait for their delay (section 3.1.2.5), and those of clients that are connected. Each is kept in the log, so that a client whose server dies
 * has its will as well.
 */
export class Wills {
  readonly #turn: Turn;
  /** By space and client: those that are due after a delay. */
  readonly #waiting = new Map<string, { cancel(): void }>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** A client has come with a will, or without: the one of before is void [MQTT-3.1.3-9]. */
  put(space: AddressSpace, clientId: string, will: Will | undefined): void {
    this.cancel(space, clientId);
    if (will) space.putNote(NOTE_PREFIX + clientId, noteOf(will));
  }

  /** The client has said goodbye [MQTT-3.1.2-10], or is back before the delay was over. */
  cancel(space: AddressSpace, clientId: string): void {
    this.#waiting.get(key(space, clientId))?.cancel();
    this.#waiting.delete(key(space, clientId));
    space.removeNote(NOTE_PREFIX + clientId);
  }

  /** The client is gone without a word: its will is published after its delay, or when its session ends, whichever comes first. */
  due(space: AddressSpace, clientId: string, sessionExpirySeconds: number): void {
    const note = space.notes.get(NOTE_PREFIX + clientId);
    if (!note) return;
    const will = willOf(note.details);
    const delaySeconds = Math.min(will.properties?.willDelayInterval ?? 0, sessionExpirySeconds);
    if (delaySeconds === 0) return this.#publish(space, clientId, will);
    this.#waiting.set(
      key(space, clientId),
      this.#turn.after(delaySeconds * 1000, () => this.#publish(space, clientId, will)),
    );
  }

  /** Delays that are not over go on after the next start. */
  stop(): void {
    for (const delay of this.#waiting.values()) delay.cancel();
    this.#waiting.clear();
  }

  /** After a restart: the clients of all wills are gone. */
  restore(space: AddressSpace, sessionExpirySeconds: (clientId: string) => number): void {
    for (const name of [...space.notes.keys()]) {
      if (!name.startsWith(NOTE_PREFIX)) continue;
      const clientId = name.slice(NOTE_PREFIX.length);
      this.due(space, clientId, sessionExpirySeconds(clientId));
    }
  }

  #publish(space: AddressSpace, clientId: string, will: Will): void {
    this.cancel(space, clientId);
    const writer = new ByteWriter();
    const { willDelayInterval: _delay, ...properties } = will.properties ?? {};
    encodePacket(
      writer,
      {
        kind: 'publish',
        topic: will.topic,
        qos: will.qos,
        duplicate: false,
        retain: will.retain,
        packetId: 1,
        properties,
        payload: will.payload,
      },
      5,
    );
    const publish = new PublishReader();
    let at = 1;
    while (writer.bytes[at]! > 0x7f) at++;
    publish.read(writer.bytes[0]!, writer.bytes, at + 1, writer.length, 5);
    const publisher = new Publisher(space, { grant() {}, settle() {}, end() {} }, this);
    const message = emptyMessage();
    fillFromPublish(message, publish, writer.bytes);
    publisher.handOver(publisher.to(will.topic), message, 0);
    publisher.detach();
  }
}

function key(space: AddressSpace, clientId: string): string {
  return `${space.name}\n${clientId}`;
}

function noteOf({ topic, payload, qos, retain, properties }: Will): Details {
  const { correlationData, ...rest } = properties ?? {};
  return {
    topic,
    payload: Buffer.from(payload).toString('base64'),
    qos,
    retain,
    properties: rest,
    ...(correlationData && { correlationData: Buffer.from(correlationData).toString('base64') }),
  };
}

function willOf(details: Details): Will {
  const { topic, payload, qos, retain, properties, correlationData } = details as Record<string, unknown>;
  const read: Properties = { ...(properties as Properties) };
  if (typeof correlationData === 'string') read.correlationData = Buffer.from(correlationData, 'base64');
  return {
    topic: topic as string,
    payload: Buffer.from(payload as string, 'base64'),
    qos: qos as Qos,
    retain: retain as boolean,
    properties: read,
  };
}
