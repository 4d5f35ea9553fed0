import type { AddressSpace, Refusal, Turn } from '@angarium/core';
import { EVENT_TYPE, EVENTS_TYPE } from './cloud-event.ts';
import { Deadlines } from './deadlines.ts';
import { type Exchange, leaseOwner, queryFlag, queryNumber, queryTime } from './exchange.ts';
import { Leases } from './leases.ts';
import type { HttpLimits } from './limits.ts';
import { parseJson } from './message-json.ts';
import { type HttpProblem, messageProblem, RequestError, refusalProblem, writeProblem } from './problem.ts';
import type { RequestLink } from './producers.ts';
import { ReceiveExchange, type ReceiveWish } from './receive.ts';
import type { MessageReader } from './received-message.ts';
import { selectorWish } from './selector-wish.ts';
import { readSettlement, SettleExchange } from './settle.ts';
import { SharedReceiver } from './shared-receiver.ts';
import { offsetWish } from './stream-offset.ts';
import { subscriptionWish } from './subscription-options.ts';

/** Requests that receive and settle: one consumer for each address and subscription, and the leases of all. */
export class Receivers {
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #read: MessageReader;
  readonly #leases = new Leases();
  readonly #receivers = new Map<string, SharedReceiver>();
  readonly #deadlines = new Deadlines<ReceiveExchange>();
  #waiters = 0;
  #singles = 0;

  constructor(turn: Turn, limits: HttpLimits, read: MessageReader) {
    this.#turn = turn;
    this.#limits = limits;
    this.#read = read;
  }

  get size(): number {
    return this.#receivers.size + this.#leases.size;
  }

  /** Of one space, or of all. */
  *links(space?: AddressSpace): Iterable<RequestLink> {
    for (const receiver of this.#receivers.values()) {
      const { space: own } = receiver;
      if (own && (space === undefined || own === space)) yield { space: own, link: receiver.listed() };
    }
  }

  /** Throws `RequestError`. */
  receive(exchange: Exchange): void {
    const { response, visit, path } = exchange;
    const refused = visit.refuseConsumer(path.name);
    if (refused) return writeProblem(response, refusalProblem(refused));
    const wish = this.#wish(exchange);
    const owner = leaseOwner(exchange);
    const problem = this.#refuseMore(owner.client, wish);
    if (problem) return writeProblem(response, problem);
    const receiver = this.#receiverOf(exchange);
    if (!(receiver instanceof SharedReceiver)) return writeProblem(response, refusalProblem(receiver));
    const deadlineMs = this.#turn.nowMs + wish.waitMs;
    this.#waiters++;
    const parts = { leases: this.#leases, turn: this.#turn, limits: this.#limits, receiver };
    const waiter = new ReceiveExchange(response, wish, owner, visit, parts, () => {
      this.#waiters--;
      this.#deadlines.remove(waiter, deadlineMs);
    });
    if (waiter.patient) this.#deadlines.add(waiter, deadlineMs);
    receiver.add(waiter);
  }

  #wish({ request, path }: Exchange): ReceiveWish {
    const count = queryNumber(path, 'count', this.#limits.receiveCountMax, 1);
    const settle = path.query.get('settle') ?? 'lease';
    if (settle !== 'lease' && settle !== 'auto')
      throw new RequestError('request-invalid', `settle is "${settle}", and has to be lease or auto.`);
    return {
      address: path.name,
      count,
      waitMs: queryTime(path, 'wait', this.#limits.waitMsMax),
      leaseMs: queryTime(path, 'lease', this.#limits.leaseMsMax, this.#limits.leaseMsDefault),
      auto: settle === 'auto',
      form: formOf(request.headers.accept ?? '*/*', count),
    };
  }

  #refuseMore(client: string, { auto, count }: ReceiveWish): HttpProblem | undefined {
    const { waitersMax, leasesPerClientMax } = this.#limits;
    if (this.#waiters >= waitersMax)
      return messageProblem('limit-reached', `${waitersMax} requests wait for messages already (waitersMax): try again later.`);
    if (!auto && this.#leases.count(client) + count > leasesPerClientMax)
      return messageProblem(
        'limit-reached',
        `You have leases of ${this.#leases.count(client)} messages (leasesPerClientMax is ${leasesPerClientMax}): settle some.`,
      );
    return undefined;
  }

  #receiverOf({ path, space }: Exchange): SharedReceiver | Refusal {
    const {
      options,
      keepMs,
      key: subscription,
    } = subscriptionWish(path.query.get('subscription'), queryFlag(path, 'durable'), this.#limits);
    const from = offsetWish(path.query.get('offset'), space, path.name);
    const wanted = selectorWish(path.query.get('selector'), space, path.name);
    // One that begins somewhere of its own is of this request alone.
    const single = from.from !== undefined && options.subscription === undefined;
    const key = `${path.key}\n${subscription}\n${wanted.filter?.text ?? ''}${single ? `\n${this.#singles++}` : ''}`;
    const known = this.#receivers.get(key);
    if (known) return known;
    const receiver = new SharedReceiver(this.#turn, this.#limits, this.#read, { keepMs, single }, () => this.#receivers.delete(key));
    const refusal = receiver.attach(space, path.name, { ...options, ...from, ...wanted });
    if (refusal) return refusal;
    this.#receivers.set(key, receiver);
    return receiver;
  }

  /** Throws `RequestError`. */
  settle(exchange: Exchange, body: Uint8Array): void {
    const { leases, outcome } = readSettlement(parseJson(body), this.#limits.leasesPerClientMax);
    new SettleExchange(exchange.response).settle(leases, outcome, leaseOwner(exchange), this.#leases);
  }

  tick(nowMs: number): void {
    this.#deadlines.due(nowMs, waiter => waiter.finish());
    this.#leases.tick(nowMs);
    for (const receiver of this.#receivers.values()) receiver.tick(nowMs);
  }

  stop(problem: HttpProblem): void {
    this.#leases.stop();
    for (const receiver of this.#receivers.values()) receiver.stop(problem);
    this.#receivers.clear();
  }
}

/** How an answer is written, by what the client accepts. */
function formOf(accept: string, count: number): ReceiveWish['form'] {
  if (accept.includes(EVENTS_TYPE)) return 'events';
  if (accept.includes(EVENT_TYPE)) return count === 1 ? 'event' : 'events';
  return count === 1 && !accept.includes('application/json') ? 'raw' : 'json';
}
