import { AnycastAddress } from '../direct/anycast.ts';
import { MulticastAddress } from '../direct/multicast.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import type { Shard } from '../store/shard.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { type SpaceTopics, TopicAddress } from '../topic/topic-address.ts';
import type { Address, AddressOptions } from './address.ts';

/** An address of the type that its specification says; `id`: under which it is kept in the log. */
export function makeAddress(options: AddressOptions, id: number, shard: Shard, topics: SpaceTopics): Address {
  switch (options.spec.type) {
    case 'queue':
      return new QueueAddress(options, shard, shard.queue(id));
    case 'topic':
      return new TopicAddress(options, shard, topics);
    case 'stream':
      return new StreamAddress(options, shard, shard.stream(id), topics.space);
    case 'anycast':
      return new AnycastAddress({ ...options, turn: shard.turn, report: shard.report });
    case 'multicast':
      return new MulticastAddress({ ...options, turn: shard.turn, report: shard.report });
  }
}
