import type { Claimant } from '../access/principal.ts';
import type { Visit } from '../access/visit.ts';
import type { TurnShares } from '../limits/turn-shares.ts';
import type { Revisions } from '../resource/revisions.ts';
import type { Shard } from '../store/shard.ts';
import type { AddressSpace } from './address-space.ts';

/** What may change while the space is in use. */
export interface SpaceSettings {
  /** Attaching creates an address that is not there. */
  readonly autoCreate: boolean;
  /** The most addresses at a time, dynamic ones included. */
  readonly addressesMax: number;
}

export interface AddressSpaceOptions {
  readonly name: string;
  readonly shard: Shard;
  readonly settings: SpaceSettings;
  readonly revisions: Revisions;
  readonly shares: TurnShares;
  /** Somebody in this space as he is now, who may have gone. */
  readonly visitOf: (space: AddressSpace, who: Claimant) => Visit;
  /** A name nobody can guess. */
  readonly randomName: () => string;
}
