import {
  ACCEPTED,
  type AddressSpace,
  type Claimant,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  type Message,
  MessageCollector,
  type MessageStream,
  type Outcome,
  type PeerDescription,
  Principal,
  RELEASED,
  Refusal,
  type Report,
  type Rights,
  type Turn,
  Visit,
} from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import { Deadlines } from '../deadlines.ts';
import type { HttpLimits } from '../limits.ts';
import type { MessageReader } from '../received-message.ts';
import { UNREADABLE } from '../shared-receiver.ts';
import { Poster, type PostResult } from './post.ts';
import { type PushRequest, pushRequest } from './push-request.ts';
import type { WebhookSpec } from './webhook-spec.ts';

/** How long after a refused attach it is tried again, in milliseconds. */
const ATTACH_RETRY_MS = 5000;
/** The answer of a receiver that wants no more (CloudEvents, HTTP webhooks 1.0.1, section 2.2). */
const GONE = 410;

export interface WebhookParts {
  readonly turn: Turn;
  readonly report: Report;
  readonly limits: HttpLimits;
  readonly read: MessageReader;
  readonly allowPrivate: boolean;
  /** The receiver wants no more: this is to be remembered. */
  readonly onDisabled: (webhook: Webhook, reason: string) => void;
  /** What who made it may do now. */
  readonly rightsOf: (who: Claimant) => Rights;
}

export interface WebhookStatus {
  readonly phase: 'Active' | 'Failing' | 'Disabled';
  /** Why it is not active. */
  readonly reason?: string;
  /** Messages that the receiver has taken, and those that were given up. */
  readonly accepted: number;
  readonly rejected: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Messages under way, those that wait for their next attempt included. */
  readonly inFlight: number;
}

interface Push {
  readonly source: DeliverySource;
  readonly token: number;
  readonly request: PushRequest;
  attempts: number;
  /** When it is tried again; 0 while an attempt is under way. */
  dueMs: number;
}

/** A consumer of an address that posts each message to a URL: accepted by a 2xx, tried again with growing delays otherwise. */
export class Webhook implements ConsumerPort {
  readonly name: string;
  readonly space: AddressSpace;
  readonly spec: WebhookSpec;
  /** Who made it, as whom it receives; undefined: it is from a time when that was not kept. */
  readonly by: Claimant | undefined;
  readonly #parts: WebhookParts;
  readonly #poster: Poster;
  readonly #pushes = new Set<Push>();
  readonly #due = new Deadlines<Push>();
  #consumer: Consumer | undefined;
  #attachAtMs = 0;
  #sinceMs = 0;
  #unsettled = 0;
  #accepted = 0;
  #rejected = 0;
  #failures = 0;
  /** Why it fails just now. */
  #failing: string | undefined;
  #disabled: string | undefined;
  #stopped = false;

  /** `disabled`: why it does nothing. */
  constructor(
    name: string,
    space: AddressSpace,
    spec: WebhookSpec,
    by: Claimant | undefined,
    disabled: string | undefined,
    parts: WebhookParts,
  ) {
    this.name = name;
    this.space = space;
    this.spec = spec;
    this.by = by;
    this.#disabled = disabled;
    this.#parts = parts;
    this.#poster = new Poster(spec, parts.allowPrivate);
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  describePeer(): PeerDescription {
    return { protocol: 'webhook', name: this.name, user: this.by?.user };
  }

  status(): WebhookStatus {
    const reason = this.#disabled ?? this.#failing;
    return {
      phase: this.#disabled !== undefined ? 'Disabled' : reason !== undefined ? 'Failing' : 'Active',
      ...(reason !== undefined && { reason }),
      accepted: this.#accepted,
      rejected: this.#rejected,
      failures: this.#failures,
      inFlight: this.#unsettled,
    };
  }

  /** As administrators see it; undefined: it is at no address just now. */
  listed(): ListedLink | undefined {
    const consumer = this.#consumer;
    if (!consumer) return undefined;
    const { name, spec, unsettled } = this;
    const [oldestUnsettled] = this.#pushes;
    const delivered = this.#accepted + this.#rejected + unsettled;
    const at = { address: spec.address, sinceMs: this.#sinceMs, standing: consumer.standing, available: consumer.available };
    return { identity: this, name, role: 'consumer', ...at, delivered, unsettled, oldestUnsettled };
  }

  // ---- the address

  #attach(): void {
    const { space, spec, name } = this;
    const ofTopic = space.typeOf(spec.address) === 'topic';
    const options = ofTopic ? { subscription: { name: `webhook:${name}`, durable: true, shared: true } } : {};
    const refused = this.#refuse();
    if (refused) return this.#detached(refused);
    const consumer = space.attachConsumer(spec.address, undefined, this, options);
    if (consumer instanceof Refusal) return this.#detached(consumer);
    this.#consumer = consumer;
    this.#sinceMs = this.#parts.turn.nowMs;
    consumer.grant(spec.inFlightMax, false);
  }

  /** Why who made it may not receive from there. */
  #refuse(): Refusal | undefined {
    const { by, space, spec } = this;
    return by && new Visit(space, new Principal({ ...by, rights: this.#parts.rightsOf(by) })).refuseToReceive(spec.address);
  }

  /** What who made it may do may be something else now. */
  askAgain(): void {
    const refusal = this.#consumer && this.#refuse();
    if (!refusal) return;
    this.#leave(Number.POSITIVE_INFINITY);
    this.#detached(refusal);
  }

  #detached(refusal: Refusal): void {
    this.#consumer = undefined;
    this.#attachAtMs = this.#parts.turn.nowMs + ATTACH_RETRY_MS;
    this.#fail(refusal.description);
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    this.#unsettled++;
    if (message.more)
      return new MessageCollector(message, this.#parts.limits.bodyBytesMax, whole => {
        if (whole && !this.#stopped) this.#take(whole, source, token);
        else this.#settle(source, token, RELEASED);
      });
    this.#take(message, source, token);
    return undefined;
  }

  #take(message: Message, source: DeliverySource, token: number): void {
    const received = this.#parts.read(message);
    if (!received) return this.#settle(source, token, UNREADABLE);
    const push: Push = { source, token, request: pushRequest(received, this.spec), attempts: 0, dueMs: 0 };
    this.#pushes.add(push);
    this.#attempt(push);
  }

  #settle(source: DeliverySource, token: number, outcome: Outcome): void {
    this.#unsettled--;
    source.settle(token, outcome);
    this.#consumer?.grant(Math.max(0, this.spec.inFlightMax - this.#unsettled), false);
  }

  drained(): void {}

  end(refusal: Refusal): void {
    this.#detached(refusal);
  }

  // ---- the receiver

  #attempt(push: Push): void {
    push.attempts++;
    push.dueMs = 0;
    this.#poster.post(push.request, this.#parts.turn.nowMs, result => {
      // What was given back meanwhile is another's.
      if (this.#pushes.has(push)) this.#answered(push, result);
    });
  }

  #answered(push: Push, result: PostResult): void {
    if ('status' in result && result.status >= 200 && result.status < 300) {
      this.#accepted++;
      this.#works();
      return this.#over(push, ACCEPTED);
    }
    this.#failures++;
    const what = 'status' in result ? `${this.spec.url} answered ${result.status}` : `${this.spec.url}: ${result.problem}`;
    if ('status' in result && result.status === GONE) return this.#disable(what);
    this.#fail(what);
    if (push.attempts >= this.spec.attemptsMax) {
      this.#rejected++;
      const description = `${push.attempts} attempts have failed; the last: ${what}`;
      return this.#over(push, { kind: 'rejected', reason: { condition: 'angarium:webhook-failed', description } });
    }
    push.dueMs = this.#parts.turn.nowMs + this.#delayMs(push.attempts, 'status' in result ? result.retryAfterMs : 0);
    this.#due.add(push, push.dueMs);
  }

  /** Doubled for each attempt, and half of it left to chance, so that what failed together does not come back together. */
  #delayMs(attempts: number, retryAfterMs: number): number {
    const { retryMs, retryMaxMs } = this.spec;
    const delayMs = Math.min(retryMaxMs, retryMs * 2 ** (attempts - 1));
    return Math.max(retryAfterMs, delayMs * (0.5 + Math.random() / 2));
  }

  #over(push: Push, outcome: Outcome): void {
    this.#pushes.delete(push);
    this.#settle(push.source, push.token, outcome);
  }

  // ---- how it is

  #works(): void {
    if (this.#failing === undefined) return;
    this.#failing = undefined;
    this.#say('info', 'webhook works again');
  }

  #fail(reason: string): void {
    const first = this.#failing === undefined;
    this.#failing = reason;
    if (first) this.#say('warn', 'webhook fails', reason);
  }

  #disable(reason: string): void {
    this.#disabled = `${reason}: its receiver wants no more`;
    this.#say('warn', 'webhook disabled', this.#disabled);
    this.#leave(Number.POSITIVE_INFINITY);
    this.#parts.onDisabled(this, this.#disabled);
  }

  #say(level: 'info' | 'warn', what: string, reason?: string): void {
    const { name, spec } = this;
    this.#parts.report({ level, what, webhook: name, address: spec.address, ...(reason !== undefined && { reason }) });
  }

  tick(nowMs: number): void {
    if (this.#stopped || this.#disabled !== undefined) return;
    if (!this.#consumer && nowMs >= this.#attachAtMs) this.#attach();
    this.#due.due(nowMs, push => {
      if (this.#pushes.has(push)) this.#attempt(push);
    });
  }

  /** Gives everything back. `keepMs`: how long its subscription is kept. */
  #leave(keepMs: number): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    for (const push of [...this.#pushes]) this.#over(push, RELEASED);
    this.#poster.stop();
    consumer?.detach(keepMs);
  }

  /** The server stops. */
  stop(): void {
    this.#stopped = true;
    this.#leave(Number.POSITIVE_INFINITY);
  }

  /** There shall be no such webhook any more. */
  remove(): void {
    this.#stopped = true;
    // Its subscription goes with it, also where it is disabled and does not consume just now.
    if (!this.#consumer && this.space.typeOf(this.spec.address) === 'topic') this.#attach();
    this.#leave(0);
  }
}
