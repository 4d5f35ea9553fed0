import { readAnnotation } from '@angarium/codec-amqp';
import { type AddressType, type Producer, type ProducerPort, Refusal, type Visit } from '@angarium/core';
import type { Link, LinkEnd } from './link.ts';

/** Addresses that one link to the anonymous terminus keeps a producer for; beyond, the one unused for longest leaves. */
const PRODUCERS_MAX = 64;

/** What JMS clients annotate: a queue, a topic, a temporary queue, a temporary topic. */
const JMS_DESTINATIONS: readonly AddressType[] = ['queue', 'topic', 'queue', 'topic'];

/** Finds the producer to the address `to` for a message, whose first bytes are given. */
export interface ProducerTo {
  (to: string | undefined, bytes: Uint8Array, start: number, end: number): Producer | Refusal;
  /** By address: those that there are just now. */
  readonly producers: ReadonlyMap<string, Producer>;
}

/** A producer for each address that messages of one link to the anonymous terminus name (`to`), made when it is first named. */
export function anonymousProducers(
  visit: Visit,
  port: ProducerPort & Pick<Link, 'askAgain'> & { onClosed: ((end: LinkEnd) => void) | undefined },
): ProducerTo {
  const producers = new Map<string, Producer>();
  port.onClosed = () => {
    for (const producer of producers.values()) producer.detach();
    producers.clear();
  };
  // The link itself goes on: who may not send to one address may send to others.
  port.askAgain = () => {
    for (const [to, producer] of [...producers])
      if (visit.refuse('send', to)) {
        producers.delete(to);
        producer.detach();
      }
    return undefined;
  };
  const producerTo = (to: string | undefined, bytes: Uint8Array, start: number, end: number): Producer | Refusal => {
    if (to === undefined || to === '')
      return new Refusal('message-target-missing', 'The message has no property to, which a sender without a target address must set.');
    const known = producers.get(to);
    if (known) {
      producers.delete(to);
      producers.set(to, known);
      return known;
    }
    // The link has credit of its own; what the address would give is not passed on.
    const made = visit.attachProducer(to, visit.space.typeOf(to) === undefined ? typeSaid(bytes, start, end) : undefined, {
      grant() {},
      settle: (token, outcome) => port.settle(token, outcome),
      end: () => {
        producers.delete(to);
      },
    });
    if (made instanceof Refusal) return made;
    if (producers.size >= PRODUCERS_MAX) {
      const [oldest, producer] = producers.entries().next().value!;
      producers.delete(oldest);
      producer.detach();
    }
    producers.set(to, made);
    return made;
  };
  return Object.assign(producerTo, { producers });
}

/** The type of an address that the first message to it makes. */
function typeSaid(bytes: Uint8Array, start: number, end: number): AddressType | undefined {
  const destination = readAnnotation(bytes, start, end, 'x-opt-jms-dest');
  return typeof destination === 'number' ? JMS_DESTINATIONS[destination] : undefined;
}
