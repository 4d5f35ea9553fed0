import type { AddressSpec } from '../../src/address/address.ts';
import { ENCODING_AMQP } from '../../src/message/message.ts';
import { RunningBroker, type RunningBrokerOptions } from './running-broker.ts';
import { TEXT_ENCODING } from './text-encoding.ts';

/** A broker with a queue `q` of this specification, whose messages are texts with fields. */
export function textBroker(spec: Partial<AddressSpec> = {}, options: RunningBrokerOptions = {}): RunningBroker {
  const running = new RunningBroker(options);
  understandTexts(running);
  running.declare('q', { type: 'queue', ...spec });
  return running;
}

/** The broker after a restart, which understands texts as well. */
export function restarted(running: RunningBroker): RunningBroker {
  return understandTexts(running.restart());
}

export function understandTexts(running: RunningBroker): RunningBroker {
  running.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
  return running;
}
