import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSession } from '../app/session-context.ts';
import type { Rule } from '../logic/access.ts';
import { inTurn } from './in-turn.ts';
import { call, spacePath } from './request.ts';

/** What somebody may do with an address. */
export type AddressAction = 'send' | 'receive' | 'view' | 'manage';

/** Whether somebody may, and which rule decides it. */
export interface AccessDecision {
  readonly spec: { readonly user: string; readonly action: AddressAction; readonly address: string };
  readonly status: {
    readonly allowed: boolean;
    /** Where the rule stands, or what decides without one. */
    readonly from: string;
    readonly rule?: Rule;
  };
}

/** Rights change rarely: what was found out holds for so long, in milliseconds. */
const KNOWN_MS = 60_000;

const accessQuery = (space: string, action: AddressAction, address: string) =>
  queryOptions({
    queryKey: ['access', space, action, address],
    queryFn: ({ signal }) => call<AccessDecision>(spacePath(space, 'access'), { query: { action, address }, signal }),
    staleTime: KNOWN_MS,
  });

/** Whether who looks may do this with the address: what he may not do is not offered. Not before it is known. */
export function useMay(space: string, action: AddressAction, address: string): boolean {
  const { administersServer } = useSession();
  const { data } = useQuery({ ...accessQuery(space, action, address), enabled: !administersServer });
  return administersServer || data?.status.allowed === true;
}

/** With how many addresses of the space who looks may do this: with none, it is not offered at all. */
export function useMayAny(action: AddressAction): 'all' | 'some' | 'none' {
  const { administersServer, addresses } = useSession();
  return administersServer ? 'all' : addresses[action];
}

/** Those of the addresses that who looks may do this with; undefined: the server is being asked. */
export function useMayEach(space: string, action: AddressAction, addresses: readonly string[]) {
  const client = useQueryClient();
  const extent = useMayAny(action);
  const { data, error } = useQuery({
    queryKey: ['access-each', space, action, addresses],
    queryFn: async () => {
      const allowed = new Set<string>();
      const { refused } = await inTurn(addresses, async address => {
        const { status } = await client.fetchQuery(accessQuery(space, action, address));
        if (status.allowed) allowed.add(address);
      });
      if (refused[0]) throw refused[0].error;
      return addresses.filter(address => allowed.has(address));
    },
    enabled: extent === 'some',
  });
  return { allowed: extent === 'all' ? addresses : extent === 'none' ? [] : data, error };
}

/** Asks for somebody else, in words. */
export function explainAccess(space: string, question: AccessDecision['spec']): Promise<AccessDecision> {
  return call(spacePath(space, 'access'), { query: { ...question } });
}
