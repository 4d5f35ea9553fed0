import { PageSection } from '@patternfly/react-core';
import { useSpace } from '../../app/parameters.ts';
import { useSession } from '../../app/session-context.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { PlanList } from './plan-list.tsx';

/** Plans: what holds for addresses, and for address spaces, that name them and say nothing themselves. */
export default function PlansPage() {
  const space = useSpace();
  const { administersServer } = useSession();
  const ofAddresses = (
    <PlanList
      kind="AddressPlan"
      one="address plan"
      space={space}
      usedBy="addresses"
      nothing="A plan has limits and settings that hold for every address which names it, and says nothing of its own."
    />
  );
  const ofSpaces = (
    <PlanList
      kind="AddressSpacePlan"
      one="address space plan"
      space=""
      usedBy="addressSpaces"
      keepsUsed
      nothing="A plan says what an address space that names it may have, at the most: addresses, connections, messages, rates."
    />
  );
  return (
    <>
      <PageHeader title="Plans" description="What holds where an address, or an address space, names a plan and says nothing itself." />
      <PageSection isFilled>
        <PageTabs
          tabs={[
            { key: 'addresses', title: `Of addresses in ${space}`, content: ofAddresses },
            ...(administersServer ? [{ key: 'spaces', title: 'Of address spaces', content: ofSpaces }] : []),
          ]}
        />
      </PageSection>
    </>
  );
}
