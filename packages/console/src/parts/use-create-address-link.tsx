import { useSession } from '../app/session-context.ts';
import { PageLink } from './page-link.tsx';

/** The way to an address of one's own, for those who may create any. */
export function useCreateAddressLink(space: string) {
  const { administersServer, managesAddresses } = useSession();
  if (!administersServer && !managesAddresses) return undefined;
  return (
    <PageLink page="wizard" with={{ space }} className="pf-v6-c-button pf-m-primary">
      Create an address
    </PageLink>
  );
}
