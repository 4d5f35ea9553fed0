import {
  type ConsumerPort,
  type DeliverySource,
  IN_DOUBT,
  MESSAGE_SIZE_BYTES_MAX_DEFAULT,
  type Message,
  MessageCollector,
  type MessageStream,
  type Outcome,
  type PeerDescription,
  RELEASED,
  type Refusal,
} from '@angarium/core';
import type { DeliveryOrigin } from './delivery-origin.ts';
import type { MqttSession } from './session.ts';
import type { TopicOptions } from './subscription-options.ts';

const NOTHING_AGAIN: ReadonlyMap<number, number> = new Map();

/**
 * What comes from an address that is no topic: its consumers share its messages, so that what was under way when a connection breaks goes back,
 * and to whoever takes it. One subscription's options hold for all of it.
 */
export class AttachedPort implements ConsumerPort, DeliveryOrigin {
  readonly again: ReadonlyMap<number, number> = NOTHING_AGAIN;
  options: TopicOptions;
  readonly #session: MqttSession;
  readonly #filter: string;

  constructor(session: MqttSession, filter: string, options: TopicOptions) {
    this.#session = session;
    this.#filter = filter;
    this.options = options;
  }

  get unsettled(): number {
    return this.#session.unsettled;
  }

  get peerName(): string {
    return this.#session.peerName;
  }

  describePeer(): PeerDescription {
    return this.#session.describePeer();
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    if (!message.more) {
      this.send(message, source, token);
      return undefined;
    }
    // A PUBLISH says its length first, so a message that is still arriving has to be whole.
    return new MessageCollector(message, MESSAGE_SIZE_BYTES_MAX_DEFAULT, whole => {
      if (whole) this.send(whole, source, token);
      else source.settle(token, RELEASED);
    });
  }

  /** The address's name is the topic. The message may be its sender's scratch: it goes back as it came. */
  protected send(message: Message, source: DeliverySource, token: number): void {
    const { topic } = message;
    message.topic = this.#filter;
    this.#session.send(message, source, token, this.options, this);
    message.topic = topic;
  }

  drained(): void {}

  /** The address is gone, and the subscription with it. */
  end(refusal: Refusal): void {
    this.#session.lost(this.#filter, refusal);
  }

  wantedId(_token: number): number {
    return 0;
  }

  begun(_token: number, _packetId: number, _qos: 1 | 2): void {}

  over(_token: number, _packetId: number): void {}

  broken(_token: number, _packetId: number, _qos: 1 | 2): Outcome {
    return IN_DOUBT;
  }

  resumed(_token: number): void {}
}
