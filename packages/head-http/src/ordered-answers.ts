import type { Outcome } from '@angarium/core';
import { type HttpProblem, outcomeProblem, rawProblem } from './problem.ts';
import { SEQUENCE_HEADER } from './send.ts';
import type { SendWaiter } from './shared-producer.ts';

/** Answers of one connection, which go out in the order of their requests (RFC 9112, section 9.3.2) whenever they become known. */
export class OrderedAnswers {
  readonly #onKnown: () => void;
  readonly #fields: () => string;
  #waiting: PlainAnswer[] = [];
  #first = 0;

  /** `onKnown` is called when an answer has become known; `fields` gives the header lines of all answers. */
  constructor(fields: () => string, onKnown: () => void) {
    this.#fields = fields;
    this.#onKnown = onKnown;
  }

  get size(): number {
    return this.#waiting.length - this.#first;
  }

  /** The place of the next request's answer. */
  next(): PlainAnswer {
    const answer = new PlainAnswer(this.#onKnown);
    this.#waiting.push(answer);
    return answer;
  }

  /** Takes out what can be written: the answers that are known, up to the first that is not. */
  take(): string {
    const waiting = this.#waiting;
    const fields = this.#fields();
    let text = '';
    while (this.#first < waiting.length && waiting[this.#first]!.known) text += waiting[this.#first++]!.text(fields);
    if (this.#first === waiting.length) {
      waiting.length = 0;
      this.#first = 0;
    }
    return text;
  }
}

/** The answer to one message: it waits for the outcome. */
export class PlainAnswer implements SendWaiter {
  known = false;
  readonly #onKnown: () => void;
  #problem: HttpProblem | undefined;
  #sequence: number | undefined;

  constructor(onKnown: () => void) {
    this.#onKnown = onKnown;
  }

  settled(outcome: Outcome): void {
    if (outcome.kind === 'accepted') {
      this.#sequence = outcome.sequence;
      this.#know(undefined);
    } else this.#know(outcomeProblem(outcome));
  }

  refused(problem: HttpProblem): void {
    this.#know(problem);
  }

  #know(problem: HttpProblem | undefined): void {
    this.#problem = problem;
    this.known = true;
    this.#onKnown();
  }

  /** As it goes over the wire, in latin1. */
  text(fields: string): string {
    if (this.#problem) return rawProblem(this.#problem, fields);
    const sequence = this.#sequence === undefined ? '' : `${SEQUENCE_HEADER}: ${this.#sequence}\r\n`;
    return `HTTP/1.1 202 Accepted\r\n${fields}${sequence}content-length: 0\r\n\r\n`;
  }
}
