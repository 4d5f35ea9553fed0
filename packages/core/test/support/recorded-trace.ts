import assert from 'node:assert/strict';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { MessageTrace, TraceWish } from '../../src/observe/message-trace.ts';
import type { TraceStep } from '../../src/observe/trace-step.ts';
import type { RunningBroker } from './running-broker.ts';

/** A trace, and what it has told. */
export class RecordedTrace {
  readonly steps: TraceStep[] = [];
  ended: string | undefined;
  readonly trace: MessageTrace;

  constructor(
    running: RunningBroker,
    address: string,
    wish: Partial<TraceWish> & { readonly seconds?: number; readonly sequence?: number; readonly subscription?: string } = {},
  ) {
    const { seconds = 60, sequence, subscription, ...rest } = wish;
    const { space } = running;
    const whole: TraceWish = {
      space,
      address: running.address(address),
      count: 1,
      mayView: () => true,
      seesConnections: true,
      tell: step => this.steps.push(step),
      end: words => {
        this.ended = words;
      },
      ...rest,
    };
    const { traces } = running.broker;
    const begun =
      sequence === undefined
        ? traces.begin(whole, seconds)
        : traces.beginStored({ space, address, subscription }, sequence, whole, seconds);
    assert.ok(!(begun instanceof Refusal), begun instanceof Refusal ? begun.description : '');
    this.trace = begun;
    running.run();
  }

  /** The names of the steps, without the first. */
  get names(): string[] {
    return this.steps.slice(1).map(({ step }) => step);
  }

  /** The words of the last step of this name. */
  words(name: TraceStep['step']): string {
    const step = this.steps.findLast(each => each.step === name);
    assert.ok(step, `there is a step ${name} among ${this.names.join(', ')}`);
    return step.words;
  }
}
