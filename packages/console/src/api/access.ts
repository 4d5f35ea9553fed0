import { queryOptions, useQuery } from '@tanstack/react-query';
import { useSession } from '../app/session-context.ts';
import { call, spacePath } from './request.ts';

/** What somebody may do with an address. */
export type AddressAction = 'send' | 'receive' | 'view' | 'manage';

interface AccessDecision {
  readonly status: { readonly allowed: boolean };
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
