import { Bullseye, Card, CardBody, CardTitle, PageSection, Spinner, Stack, StackItem } from '@patternfly/react-core';
import { useActivity } from '../../api/activity.ts';
import { useSpace } from '../../app/parameters.ts';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useCreateAddressLink } from '../../parts/use-create-address-link.tsx';
import { AttentionList } from './attention-list.tsx';
import { BusiestAddresses } from './busiest-addresses.tsx';
import { Tiles } from './tiles.tsx';

/** An address space at a glance: what flows, what needs attention, and where most happens. */
export default function OverviewPage() {
  const space = useSpace();
  const { log, problem } = useActivity(space);
  const create = useCreateAddressLink(space);
  return (
    <>
      <PageHeader title="Overview" actions={create} />
      <PageSection isFilled>
        <ProblemAlert error={problem} />
        {log.totals ? (
          <Stack hasGutter>
            <StackItem>
              <Tiles log={log} totals={log.totals} />
            </StackItem>
            <StackItem>
              <AttentionList space={space} attention={log.attention} />
            </StackItem>
            <StackItem>
              {log.rows.size === 0 ? (
                <Card>
                  <CardBody>
                    <NothingHere title="There are no addresses yet" action={create}>
                      An address is a name that messages are sent to and received from, over any protocol.
                    </NothingHere>
                  </CardBody>
                </Card>
              ) : (
                <Card>
                  <CardTitle component="h2">Busiest addresses</CardTitle>
                  <CardBody>
                    <BusiestAddresses space={space} rows={log.rows} />
                  </CardBody>
                </Card>
              )}
            </StackItem>
          </Stack>
        ) : (
          !problem && (
            <Bullseye>
              <Spinner aria-label="Asking the server" />
            </Bullseye>
          )
        )}
      </PageSection>
    </>
  );
}
