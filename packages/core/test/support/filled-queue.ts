import { RunningBroker, type RunningBrokerOptions } from './running-broker.ts';

/** A broker with a queue `q`, and these durable messages in it. */
export function filledQueue(texts: readonly string[], options: RunningBrokerOptions = {}): RunningBroker {
  const running = new RunningBroker(options);
  running.declare('q', { type: 'queue' });
  if (texts.length > 0) running.producer('q').sendAll(texts, { durable: true });
  running.run();
  return running;
}

/** `m0`, `m1` and so on. */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `m${at}`);
}
