import type { AddressSpace, Broker, Change, Report, Resource } from '@angarium/core';
import { NO_LIMITS, SPACE_DEFAULT, type SpaceSettings } from '@angarium/core';
import type { SpacePlanSpec, SpaceSpec } from './kinds/space-spec.ts';

export interface SpaceLifeOptions {
  readonly broker: Broker;
  readonly report: Report;
  /** A space is there now that was not. */
  readonly onBegin: (space: AddressSpace) => void;
  /** A space is about to end: who is in it is to be sent away, with these words. */
  readonly onEnd: (space: AddressSpace, why: string) => void;
}

/** Makes, changes and ends address spaces as their documents say. */
export class SpaceLife {
  readonly #broker: Broker;
  readonly #report: Report;
  readonly #onBegin: SpaceLifeOptions['onBegin'];
  readonly #onEnd: SpaceLifeOptions['onEnd'];
  /** What holds where no document says anything. */
  readonly #default: SpaceSettings;
  readonly #stopListening: () => void;

  constructor({ broker, report, onBegin, onEnd }: SpaceLifeOptions) {
    this.#broker = broker;
    this.#report = report;
    this.#onBegin = onBegin;
    this.#onEnd = onEnd;
    this.#default = broker.space(SPACE_DEFAULT).settings;
    this.#stopListening = broker.revisions.listen(change => this.#changed(change));
  }

  stop(): void {
    this.#stopListening();
  }

  /**
   * The log was read: spaces of documents are there, and as these say. A space without one was being deleted when the server died, and is ended now.
   * `default` needs none.
   */
  start(): void {
    const { spaces, resources } = this.#broker;
    const documents = resources.all('AddressSpace', '');
    for (const document of documents.values()) this.#follow(document);
    for (const name of [...spaces.keys()]) {
      if (name === SPACE_DEFAULT || documents.has(name)) continue;
      this.#report({
        level: 'warn',
        what: 'an address space was being deleted when the server stopped: it is ended now',
        addressSpace: name,
      });
      this.#broker.endSpace(name);
    }
  }

  #changed({ what, kind, resource }: Change): void {
    if (kind === 'AddressSpacePlan') {
      for (const document of this.#broker.resources.all('AddressSpace', '').values())
        if (specOf(document).plan === resource.name) this.#follow(document);
      return;
    }
    if (kind !== 'AddressSpace') return;
    if (what !== 'deleted') return this.#follow(resource);
    const space = this.#broker.spaces.get(resource.name);
    if (!space) return;
    // What was said of `default` holds no more; the space itself stays.
    if (resource.name === SPACE_DEFAULT) {
      space.settings = this.#default;
      space.limits.change({});
    } else {
      this.#onEnd(space, `the address space ${resource.name} was deleted`);
      this.#broker.endSpace(resource.name);
    }
  }

  #follow(document: Resource): void {
    const settings = this.#settingsOf(document);
    const existing = this.#broker.spaces.get(document.name);
    const space = existing ?? this.#broker.createSpace(document.name, settings);
    space.settings = settings;
    const limits = { ...this.#planned(document).limits, ...specOf(document).limits };
    // Most spaces have none of their own.
    if (Object.keys(limits).length > 0 || space.limits.inForce !== NO_LIMITS) space.limits.change(limits);
    if (!existing) this.#onBegin(space);
  }

  #planned(document: Resource): SpacePlanSpec {
    const { plan } = specOf(document);
    return (plan === undefined ? {} : (this.#broker.resources.get('AddressSpacePlan', '', plan)?.spec ?? {})) as SpacePlanSpec;
  }

  #settingsOf(document: Resource): SpaceSettings {
    const spec = specOf(document);
    const planned = this.#planned(document);
    const otherwise = document.name === SPACE_DEFAULT ? this.#default : { ...this.#default, autoCreate: false };
    return {
      autoCreate: spec.autoCreate ?? planned.autoCreate ?? otherwise.autoCreate,
      addressesMax: spec.limits?.addressesMax ?? planned.limits?.addressesMax ?? otherwise.addressesMax,
    };
  }
}

function specOf(document: Resource): SpaceSpec {
  return document.spec as SpaceSpec;
}
