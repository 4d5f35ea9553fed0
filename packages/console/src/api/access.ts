import { queryOptions, useQuery } from '@tanstack/react-query';
import { useSession } from '../app/session-context.ts';
import type { Rule } from '../logic/access.ts';
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

/** Asks for somebody else, in words. */
export function explainAccess(space: string, question: AccessDecision['spec']): Promise<AccessDecision> {
  return call(spacePath(space, 'access'), { query: { ...question } });
}
