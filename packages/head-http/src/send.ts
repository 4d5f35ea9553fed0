import type { Outcome } from '@angarium/core';
import { type HttpProblem, outcomeProblem, writeProblem } from './problem.ts';
import { type HttpResponse, isGone } from './request.ts';
import type { SendWaiter } from './shared-producer.ts';

/** By which a scheduled message is cancelled. */
export const SEQUENCE_HEADER = 'angarium-sequence';
const ACCEPTED_HEADERS = ['content-length', '0'];

function acceptedHeaders(sequence: number | undefined): string[] {
  return sequence === undefined ? ACCEPTED_HEADERS : [SEQUENCE_HEADER, String(sequence), ...ACCEPTED_HEADERS];
}

/** A request that sends one message: answered when its outcome is known. */
export class SendExchange implements SendWaiter {
  readonly #response: HttpResponse;

  constructor(response: HttpResponse) {
    this.#response = response;
  }

  settled(outcome: Outcome): void {
    if (outcome.kind === 'accepted') {
      const response = this.#response;
      if (isGone(response)) return;
      response.writeHead(202, acceptedHeaders(outcome.sequence));
      response.end();
    } else this.refused(outcomeProblem(outcome)!);
  }

  refused(problem: HttpProblem): void {
    writeProblem(this.#response, problem);
  }
}
