import type { AddressSpace, Broker, Report } from '@angarium/core';
import type { Connectors } from '@angarium/head-amqp';
import type { ListedConnection } from '@angarium/transport';
import type { TokenUses } from '../identity/token-uses.ts';
import { ChangeHistory } from './change-history.ts';
import { Documents } from './documents.ts';
import { SpaceLife } from './space-life.ts';
import { TurnMemo } from './turn-memo.ts';
import type { Identities, World } from './world.ts';

export interface ResourcesOptions {
  readonly broker: Broker;
  readonly report: Report;
  readonly containerId: string;
  readonly endpoints: World['endpoints'];
  readonly connections: () => Iterable<ListedConnection>;
  /** Undefined until the log was read. */
  readonly connectors: () => Connectors | undefined;
  /** Absent where nobody logs in. */
  readonly identities?: Identities;
  readonly tokenUses: TokenUses;
  /** A space is about to end: whoever acts in it has to stop, with these words. */
  readonly onSpaceEnd: (space: AddressSpace, why: string) => void;
}

/** The declared documents of a server, and the address spaces that follow from them. */
export interface DeclaredResources {
  readonly documents: Documents;
  readonly history: ChangeHistory;
  /** The log was read. Each space that comes from now on is told. */
  start(onSpace: (space: AddressSpace) => void): void;
  stop(): void;
}

export function openResources(options: ResourcesOptions): DeclaredResources {
  const { broker, containerId, endpoints, connections, identities, tokenUses } = options;
  const world: World = {
    broker,
    containerId,
    endpoints,
    connections,
    get connectors() {
      return options.connectors();
    },
    identities,
    tokenUses,
    memo: new TurnMemo(),
  };
  const history = new ChangeHistory(broker.revisions);
  let onBegin = (_space: AddressSpace): void => {};
  const spaces = new SpaceLife({
    broker,
    report: options.report,
    onBegin: space => onBegin(space),
    onEnd: (space, why) => {
      options.onSpaceEnd(space, why);
      for (const connection of [...connections()]) if (connection.addressSpace === space.name) connection.closeByAdministrator(why);
    },
  });
  return {
    documents: new Documents(world),
    history,
    start: told => {
      spaces.start();
      history.start();
      onBegin = told;
    },
    stop: () => {
      spaces.stop();
      history.stop();
    },
  };
}
