import {
  ACCEPTED,
  type DeliverySource,
  IN_DOUBT,
  type Outcome,
  type PrincipalFollower,
  RELEASED,
  Refusal,
  type Turn,
  type Visit,
} from '@angarium/core';
import { cloudEvent, EVENT_TYPE, EVENTS_TYPE, withLease } from './cloud-event.ts';
import type { LeaseOwner, Leases } from './leases.ts';
import type { HttpLimits } from './limits.ts';
import { writeMessageHeaders } from './message-headers.ts';
import { type JsonMessage, jsonMessage } from './message-json.ts';
import { type HttpProblem, refusalProblem, writeJson, writeProblem } from './problem.ts';
import { bodyOf, type ReceivedMessage } from './received-message.ts';
import type { HttpResponse } from './request.ts';
import type { ReceiveWaiter, SharedReceiver } from './shared-receiver.ts';

export interface ReceiveWish {
  readonly address: string;
  readonly count: number;
  readonly waitMs: number;
  readonly leaseMs: number;
  /** Accepts what was written instead of leasing it. */
  readonly auto: boolean;
  /** How the answer is written. */
  readonly form: 'json' | 'raw' | 'event' | 'events';
}

interface Taken {
  readonly source: DeliverySource;
  readonly token: number;
  readonly json: JsonMessage | undefined;
  readonly raw: { readonly headers: Record<string, string>; readonly body: Uint8Array } | undefined;
}

/** A request that receives: it waits for messages, and is answered with them and their leases. */
export class ReceiveExchange implements ReceiveWaiter, PrincipalFollower {
  wants: number;
  fresh = false;
  readonly patient: boolean;
  readonly #response: HttpResponse;
  readonly #wish: ReceiveWish;
  readonly #owner: LeaseOwner;
  readonly #leases: Leases;
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #receiver: SharedReceiver;
  readonly #onOver: () => void;
  readonly visit: Visit;
  readonly #unfollow: () => void;
  #taken: Taken[] = [];
  #bytes = 0;
  #over = false;

  constructor(
    response: HttpResponse,
    wish: ReceiveWish,
    owner: LeaseOwner,
    visit: Visit,
    parts: { leases: Leases; turn: Turn; limits: HttpLimits; receiver: SharedReceiver },
    onOver: () => void,
  ) {
    this.#response = response;
    this.#wish = wish;
    this.#owner = owner;
    this.#leases = parts.leases;
    this.#turn = parts.turn;
    this.#limits = parts.limits;
    this.#receiver = parts.receiver;
    this.#onOver = onOver;
    this.wants = wish.count;
    this.patient = wish.waitMs > 0;
    this.visit = visit;
    this.#unfollow = visit.principal.follow(this);
    response.once('close', () => this.#gone());
  }

  get has(): number {
    return this.#taken.length;
  }

  take(message: ReceivedMessage, sizeBytes: number, source: DeliverySource, token: number): void {
    this.#bytes += sizeBytes;
    if (this.#bytes >= this.#limits.receiveBytesMax) this.wants = 0;
    const { form, address, auto } = this.#wish;
    const raw = form === 'raw' ? rawMessage(message) : undefined;
    const json = raw ? undefined : form === 'json' ? jsonMessage(message) : cloudEvent(message, address, !auto);
    this.#taken.push({ source, token, json, raw });
  }

  finish(): void {
    if (!this.#leave()) return;
    const taken = this.#taken;
    this.#taken = [];
    const { auto, form, address } = this.#wish;
    const leases = auto ? [] : taken.map(each => this.#lease(each));
    if (auto) this.#settleWhenWritten(taken);
    if (form === 'raw') this.#writeRaw(taken[0], leases[0]);
    else if (form !== 'json') this.#writeEvents(taken.map(({ json }, i) => withLease(json!, leases[i])));
    else
      writeJson(this.#response, 200, {
        messages: taken.map(({ json }, i) => ({ address, ...(leases[i] && { lease: leases[i] }), ...json })),
      });
  }

  #lease({ source, token }: Taken): string {
    return this.#leases.add({
      owner: this.#owner,
      source,
      deliveryToken: token,
      deadlineMs: this.#turn.nowMs + this.#wish.leaseMs,
      onSettled: () => this.#receiver.settled(),
    });
  }

  /** What reached the operating system is accepted; a connection that broke before may have brought it or not. */
  #settleWhenWritten(taken: readonly Taken[]): void {
    let settled = false;
    const settle = (outcome: Outcome): void => {
      if (settled) return;
      settled = true;
      this.#settle(taken, outcome);
    };
    this.#response.once('finish', () => settle(ACCEPTED));
    this.#response.once('close', () => settle(IN_DOUBT));
  }

  #settle(taken: readonly Taken[], outcome: Outcome): void {
    for (const { source, token } of taken) {
      this.#receiver.settled();
      source.settle(token, outcome);
    }
  }

  #writeEvents(events: readonly object[]): void {
    if (this.#wish.form === 'events') writeJson(this.#response, 200, events, EVENTS_TYPE);
    else if (events.length > 0) writeJson(this.#response, 200, events[0], EVENT_TYPE);
    else this.#writeRaw(undefined, undefined);
  }

  #writeRaw(taken: Taken | undefined, lease: string | undefined): void {
    const response = this.#response;
    if (!taken) {
      response.writeHead(204);
      response.end();
      return;
    }
    const { headers, body } = taken.raw!;
    response.writeHead(200, { ...headers, ...(lease && { 'angarium-lease': lease }), 'content-length': body.length });
    response.end(body);
  }

  rightsChanged(): void {
    const refusal = this.visit.refuseToReceive(this.#wish.address);
    if (refusal) this.refuse(refusalProblem(refusal));
  }

  principalEnded(why: string): void {
    this.refuse(refusalProblem(new Refusal('unauthorized', `The request is over: ${why}.`)));
  }

  refuse(problem: HttpProblem): void {
    if (!this.#leave()) return;
    this.#settle(this.#taken, RELEASED);
    this.#taken = [];
    writeProblem(this.#response, problem);
  }

  /** The client has gone before it was answered: nobody has seen what was taken for it. */
  #gone(): void {
    if (!this.#leave()) return;
    this.#settle(this.#taken, RELEASED);
    this.#taken = [];
  }

  #leave(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#unfollow();
    this.#receiver.remove(this);
    this.#onOver();
    return true;
  }
}

/** The body's bytes, copied, and everything else as header fields. */
export function rawMessage(message: ReceivedMessage): { headers: Record<string, string>; body: Uint8Array } {
  const { decoded } = message;
  const headers = writeMessageHeaders(decoded, message);
  const body = bodyOf(decoded);
  // A symbol of AMQP may have control characters, which a header field may not.
  const given = decoded.properties?.contentType?.replace(/[^\x20-\x7e]/g, '');
  if (body.kind === 'bytes')
    return { headers: { ...headers, 'content-type': given ?? 'application/octet-stream' }, body: body.bytes.slice() };
  if (body.kind === 'text')
    return { headers: { ...headers, 'content-type': given ?? 'text/plain; charset=utf-8' }, body: Buffer.from(body.text) };
  const text = JSON.stringify(jsonMessage(message).body);
  return { headers: { ...headers, 'content-type': 'application/json' }, body: Buffer.from(text) };
}
