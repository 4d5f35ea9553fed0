import { PageSection, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { useSession } from '../../app/session-context.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PlanList } from './plan-list.tsx';

/** Plans: what holds for addresses, and for address spaces, that name them and say nothing themselves. */
export default function PlansPage() {
  const space = useSpace();
  const { administersServer } = useSession();
  const [{ tab }, setSearch] = useSearchState({ tab: 'addresses', name: '', order: 'name' });
  const ofAddresses = (
    <PlanList
      kind="AddressPlan"
      one="address plan"
      space={space}
      usedBy="addresses"
      nothing="A plan has limits and settings that hold for every address which names it, and says nothing of its own."
    />
  );
  return (
    <>
      <PageHeader title="Plans" description="What holds where an address, or an address space, names a plan and says nothing itself." />
      <PageSection isFilled>
        {administersServer ? (
          <Tabs activeKey={tab} onSelect={(_, key) => setSearch({ tab: String(key), name: '', order: 'name' })} mountOnEnter unmountOnExit>
            <Tab eventKey="addresses" title={<TabTitleText>Of addresses in {space}</TabTitleText>}>
              {ofAddresses}
            </Tab>
            <Tab eventKey="spaces" title={<TabTitleText>Of address spaces</TabTitleText>}>
              <PlanList
                kind="AddressSpacePlan"
                one="address space plan"
                space=""
                usedBy="addressSpaces"
                keepsUsed
                nothing="A plan says what an address space that names it may have, at the most: addresses, connections, messages, rates."
              />
            </Tab>
          </Tabs>
        ) : (
          ofAddresses
        )}
      </PageSection>
    </>
  );
}
