import type { AddressSpace } from '@angarium/core';
import { FlowSampler } from './flow-sampler.ts';
import { type LinkSources, linkSource } from './link-source.ts';
import { LinkWatch } from './link-watch.ts';
import { Lookout } from './lookout.ts';
import { type AttentionSources, spaceAttention } from './space-attention.ts';
import { SpaceSampler } from './space-sampler.ts';

/** All by which it can be seen what happens in address spaces. Nobody looks while nobody asks. */
export interface Watching {
  readonly activity: Lookout;
  readonly flow: Lookout;
  readonly links: LinkWatch;
  /** The space ends: whoever watches it is told why. */
  finish(space: AddressSpace, why: string): void;
  stop(why: string): void;
}

export function openWatching(sources: AttentionSources & LinkSources): Watching {
  const links = new LinkWatch(linkSource(sources), name => sources.broker.spaces.get(name), Date.now);
  const surroundings = {
    nowMs: Date.now,
    pressed: () => sources.broker.logPressure !== 'none',
    heldUp: (space: AddressSpace) => links.heldUp(space),
    attention: (space: AddressSpace) => spaceAttention(space, sources),
  };
  const activity = new Lookout(space => new SpaceSampler(space, surroundings));
  const flow = new Lookout(space => new FlowSampler(space, links));
  return {
    activity,
    flow,
    links,
    finish(space, why) {
      activity.finish(space, why);
      flow.finish(space, why);
    },
    stop(why) {
      activity.stop(why);
      flow.stop(why);
    },
  };
}
