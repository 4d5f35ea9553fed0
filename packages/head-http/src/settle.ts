import { ACCEPTED, type Confirmation, type Outcome, REJECTED, RELEASED, rejectedInWords } from '@angarium/core';
import type { LeaseOwner, Leases } from './leases.ts';
import { isObject } from './message-json.ts';
import { messageProblem, RequestError, writeJson, writeProblem } from './problem.ts';
import type { HttpResponse } from './request.ts';

/** A request that settles leases: answered when every outcome is safe. */
export class SettleExchange implements Confirmation {
  readonly #response: HttpResponse;
  readonly #gone: string[] = [];
  #settled = 0;
  #open = 1;

  constructor(response: HttpResponse) {
    this.#response = response;
  }

  settle(leases: readonly string[], outcome: Outcome, owner: Pick<LeaseOwner, 'user' | 'space'>, from: Leases): void {
    for (const lease of leases) {
      this.#open++;
      if (from.settle(lease, owner, outcome, this)) this.#settled++;
      else {
        this.#open--;
        this.#gone.push(lease);
      }
    }
    this.confirmed();
  }

  confirmed(): void {
    if (--this.#open > 0) return;
    const gone = this.#gone;
    if (this.#settled === 0 && gone.length > 0)
      writeProblem(
        this.#response,
        messageProblem('lease-gone', `None of these ${gone.length} leases is there: the messages are others' now.`),
      );
    else writeJson(this.#response, gone.length > 0 ? 207 : 200, { settled: this.#settled, ...(gone.length > 0 && { gone }) });
  }
}

/** What a request to settle says. Throws `RequestError`. */
export function readSettlement(json: unknown, leasesMax: number): { leases: string[]; outcome: Outcome } {
  const document = isObject(json) ? json : {};
  const given = Array.isArray(document.lease) ? document.lease : [document.lease];
  if (given.length === 0 || given.length > leasesMax || !given.every(lease => typeof lease === 'string'))
    throw new RequestError('request-invalid', `body/lease has to be a lease, or a list of at most ${leasesMax}.`);
  return { leases: given as string[], outcome: readOutcome(document, 'body') };
}

/** An outcome in the words of JSON; accepted where it is not said. Throws `RequestError` that names `where`. */
export function readOutcome({ outcome = 'accepted', reason, ...changes }: Record<string, unknown>, where: string): Outcome {
  switch (outcome) {
    case 'accepted':
      return ACCEPTED;
    case 'released':
      return RELEASED;
    case 'rejected':
      if (reason === undefined) return REJECTED;
      if (typeof reason === 'string') return rejectedInWords(reason);
      if (isObject(reason) && typeof reason.condition === 'string' && /^[\x20-\x7e]{1,255}$/.test(reason.condition))
        return {
          kind: 'rejected',
          reason: { condition: reason.condition, ...(typeof reason.description === 'string' && { description: reason.description }) },
        };
      throw new RequestError('request-invalid', `${where}/reason is neither a text nor { "condition", "description" }.`);
    case 'modified':
      return { kind: 'modified', deliveryFailed: changes.deliveryFailed !== false, undeliverableHere: changes.undeliverableHere === true };
    default:
      throw new RequestError('request-invalid', `${where}/outcome is none of accepted, released, rejected and modified.`);
  }
}
