import { useMayAny } from '../api/access.ts';
import { PageLink } from './page-link.tsx';

/** The way to an address of one's own, for those who may create any. */
export function useCreateAddressLink(space: string) {
  if (useMayAny('manage') === 'none') return undefined;
  return (
    <PageLink page="wizard" with={{ space }} className="pf-v6-c-button pf-m-primary">
      Create an address
    </PageLink>
  );
}
