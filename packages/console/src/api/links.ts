import { queryOptions } from '@tanstack/react-query';
import { call, spacePath } from './request.ts';

/** How something that sends or receives is, as the server judges it. */
export type LinkState = 'flowing' | 'idle' | 'blocked' | 'stuck' | 'delayed';

/** Something that sends to an address or receives from it (`GET …/links`): a link of AMQP, a subscription, a webhook. */
export interface Link {
  readonly name: string;
  readonly role: 'producer' | 'consumer';
  readonly address: string;
  /** Absent: it has none of its own, or it is not for everybody to know. */
  readonly connection?: string;
  readonly protocol: string;
  readonly client?: string;
  readonly user?: string;
  readonly peer?: string;
  readonly sinceMs: number;
  readonly selector?: string;
  /** Absent: its protocol has no credit. */
  readonly credit?: number;
  readonly secondsWithoutCredit: number;
  readonly unsettled?: number;
  readonly oldestUnsettledSeconds: number;
  readonly delivered?: number;
  readonly state: LinkState;
  /** The state in words, with its reason. */
  readonly why: string;
}

export interface LinkList {
  readonly items: readonly Link[];
  readonly leftOut: number;
}

/** Links move: they are looked at again after so long, in milliseconds. */
const REFRESH_MS = 2_000;

/** For `useQuery`: the links of one address, or of one connection. */
export function linksQuery(space: string, of: { readonly address?: string; readonly connection?: string }) {
  return queryOptions({
    queryKey: ['links', space, of],
    queryFn: ({ signal }) => call<LinkList>(spacePath(space, 'links'), { query: of, signal }),
    refetchInterval: REFRESH_MS,
  });
}
