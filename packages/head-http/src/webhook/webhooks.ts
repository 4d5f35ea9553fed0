import type { AddressSpace, Broker, Claimant, Report, Turn } from '@angarium/core';
import type { HttpLimits } from '../limits.ts';
import { messageReader } from '../received-message.ts';
import { Webhook, type WebhookParts } from './webhook.ts';
import { refuseWebhookSpec, type WebhookSpec } from './webhook-spec.ts';

/** What the note of a webhook begins with; its name follows. */
const NOTE_PREFIX = 'webhook ';

/** How often it is looked for what is due, in milliseconds. */
const TICK_MS = 100;

/** Why a webhook cannot be made. */
export interface WebhookRefusal {
  readonly code: 'webhook-invalid' | 'limit-reached';
  readonly detail: string;
}

interface WebhookNote {
  readonly spec: WebhookSpec;
  readonly disabled?: string;
  readonly by?: Claimant;
}

export interface WebhooksOptions {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  readonly limits: HttpLimits;
  /** Whether they may lead to private networks. */
  readonly allowPrivate: boolean;
}

/** The webhooks of all spaces: kept as notes of their space, and so over a restart. */
export class Webhooks {
  readonly #broker: Broker;
  readonly #limits: HttpLimits;
  readonly #turn: Turn;
  readonly #allowPrivate: boolean;
  readonly #parts: WebhookParts;
  #ticking: { cancel(): void } | undefined;
  readonly #webhooks = new Map<AddressSpace, Map<string, Webhook>>();

  constructor(options: WebhooksOptions) {
    this.#broker = options.broker;
    this.#limits = options.limits;
    this.#turn = options.turn;
    this.#allowPrivate = options.allowPrivate;
    const read = messageReader(options.broker.encodings);
    this.#parts = {
      ...options,
      read,
      onDisabled: (webhook, disabled) => note(webhook, disabled),
      rightsOf: who => options.broker.rightsOf(who),
    };
    options.broker.revisions.listen(({ kind, space: name }) => {
      if (kind !== 'User' && kind !== 'Role' && kind !== 'RoleBinding') return;
      const space = this.#broker.spaces.get(name);
      if (space) for (const webhook of this.of(space).values()) webhook.askAgain();
    });
  }

  get size(): number {
    let size = 0;
    for (const webhooks of this.#webhooks.values()) size += webhooks.size;
    return size;
  }

  /** Of all spaces. */
  *all(): Iterable<Webhook> {
    for (const webhooks of this.#webhooks.values()) yield* webhooks.values();
  }

  /** Those of a space, by name. */
  of(space: AddressSpace): ReadonlyMap<string, Webhook> {
    return this.#of(space);
  }

  #of(space: AddressSpace): Map<string, Webhook> {
    let webhooks = this.#webhooks.get(space);
    if (!webhooks) {
      webhooks = new Map();
      this.#webhooks.set(space, webhooks);
    }
    return webhooks;
  }

  /** The log was read: what was there is there again. */
  restore(): void {
    for (const space of this.#broker.spaces.values()) {
      for (const [name, { details }] of space.notes.all) {
        if (!name.startsWith(NOTE_PREFIX)) continue;
        const { spec, disabled, by } = details as unknown as WebhookNote;
        this.#start(new Webhook(name.slice(NOTE_PREFIX.length), space, spec, by, disabled, this.#parts));
      }
    }
  }

  /** Makes a webhook, or changes the one of this name; one that was disabled works again. It is on disk when the space is durable. */
  put(space: AddressSpace, name: string, spec: WebhookSpec, by?: Claimant): Webhook | WebhookRefusal {
    const wrong = refuseWebhookSpec(spec, this.#allowPrivate);
    if (wrong !== undefined) return { code: 'webhook-invalid', detail: `The webhook ${name} cannot be like this: ${wrong}.` };
    const before = this.#of(space).get(name);
    const { webhooksMax } = this.#limits;
    if (!before && this.size >= webhooksMax)
      return { code: 'limit-reached', detail: `There are ${webhooksMax} webhooks already (webhooksMax): delete some.` };
    // The subscription stays where the address does.
    if (before?.spec.address === spec.address) before.stop();
    else before?.remove();
    const webhook = new Webhook(name, space, spec, by, undefined, this.#parts);
    note(webhook, undefined);
    this.#start(webhook);
    return webhook;
  }

  #start(webhook: Webhook): void {
    this.#of(webhook.space).set(webhook.name, webhook);
    webhook.tick(this.#turn.nowMs);
    this.#tickLater();
  }

  #tickLater(): void {
    if (this.#ticking || this.size === 0) return;
    this.#ticking = this.#turn.after(TICK_MS, () => {
      this.#ticking = undefined;
      const { nowMs } = this.#turn;
      for (const webhooks of this.#webhooks.values()) for (const webhook of webhooks.values()) webhook.tick(nowMs);
      this.#tickLater();
    });
  }

  remove(webhook: Webhook): void {
    webhook.space.notes.remove(NOTE_PREFIX + webhook.name);
    this.#of(webhook.space).delete(webhook.name);
    webhook.remove();
  }

  /** Gives back what is under way. */
  stop(): void {
    this.#ticking?.cancel();
    for (const webhooks of this.#webhooks.values()) for (const webhook of webhooks.values()) webhook.stop();
    this.#webhooks.clear();
  }
}

function note({ space, name, spec, by }: Webhook, disabled: string | undefined): void {
  space.notes.put(NOTE_PREFIX + name, { spec, ...(by && { by }), ...(disabled !== undefined && { disabled }) });
}
