import { Badge, Bullseye, Button, Flex, Label, PageSection, Spinner, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../../api/access.ts';
import { useActivity } from '../../api/activity.ts';
import type { AddressDocument, AddressStatus } from '../../api/address-document.ts';
import { documentQuery } from '../../api/documents.ts';
import { ApiProblem } from '../../api/problem.ts';
import { pagePath } from '../../app/pages.ts';
import { useParameter, useSearchState, useSpace } from '../../app/parameters.ts';
import { shortNumber } from '../../logic/units.ts';
import { AttentionLabel } from '../../parts/address-columns.tsx';
import { DeleteAddressesDialog } from '../../parts/delete-addresses-dialog.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import type { AddressTabProps } from './address-tab.ts';
import { ClientsTab } from './clients-tab.tsx';
import { ConnectTab } from './connect-tab.tsx';
import { MessagesTab } from './messages-tab.tsx';
import { SendDialog } from './send-dialog.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { StateTab } from './state-tab.tsx';
import './address.css';

/** Who looks at one address wants to see it move: it is looked at again after so long, in milliseconds. */
const REFRESH_MS = 2_000;

const TABS = [
  { key: 'state', title: 'State', Body: StateTab, count: undefined },
  { key: 'messages', title: 'Messages', Body: MessagesTab, count: ({ stored }: AddressStatus) => stored },
  { key: 'clients', title: 'Clients', Body: ClientsTab, count: ({ producers, consumers }: AddressStatus) => producers + consumers },
  { key: 'settings', title: 'Settings', Body: SettingsTab, count: undefined },
  { key: 'connect', title: 'Connect', Body: ConnectTab, count: undefined },
] as const;

/** One address: how it is, what it holds, who uses it, and what was declared. */
export default function AddressPage() {
  const space = useSpace();
  const name = useParameter('name');
  const { data: address, error } = useQuery({ ...documentQuery<AddressDocument>('Address', space, name), refetchInterval: REFRESH_MS });
  const gone = error instanceof ApiProblem && error.status === 404;
  const mayCreate = useMay(space, 'manage', name);
  return (
    <>
      {address && !gone ? (
        <Address space={space} address={address} />
      ) : (
        <PageHeader title={name} above={[<AddressesLink key="addresses" space={space} />]} />
      )}
      {(!address || error) && (
        <PageSection isFilled={!address || gone}>
          {gone ? (
            <NothingHere
              title={`There is no address ${name}`}
              action={
                mayCreate && (
                  <PageLink page="wizard" with={{ space }} search={{ name }} className="pf-v6-c-button pf-m-primary">
                    Create it
                  </PageLink>
                )
              }
            >
              It was deleted, or has another name.
            </NothingHere>
          ) : (
            <ProblemAlert error={error} />
          )}
          {!error && (
            <Bullseye>
              <Spinner aria-label="Asking the server" />
            </Bullseye>
          )}
        </PageSection>
      )}
    </>
  );
}

function AddressesLink({ space }: { readonly space: string }) {
  return (
    <PageLink page="addresses" with={{ space }}>
      Addresses
    </PageLink>
  );
}

function Address({ space, address }: AddressTabProps) {
  const { name } = address.metadata;
  const [{ tab }, setSearch] = useSearchState({ tab: 'state' });
  const [doing, setDoing] = useState<'send' | 'delete'>();
  const navigate = useNavigate();
  const { log } = useActivity(space);
  const maySend = useMay(space, 'send', name);
  const mayManage = useMay(space, 'manage', name);
  const close = (done: boolean): void => {
    setDoing(undefined);
    if (done && doing === 'delete') void navigate({ to: pagePath('addresses', { space }) });
  };
  return (
    <>
      <PageHeader
        title={name}
        above={[<AddressesLink key="addresses" space={space} />]}
        beside={
          <>
            <Label isCompact>{address.spec.type}</Label>
            {address.metadata.deletionTimestamp && (
              <Label isCompact status="warning">
                is being deleted
              </Label>
            )}
            <AttentionLabel code={log.rows.get(name)?.activity.attention ?? null} />
          </>
        }
        actions={
          <Flex gap={{ default: 'gapSm' }}>
            {maySend && <Button onClick={() => setDoing('send')}>Send a message</Button>}
            <PageLink page="trace" with={{ space }} search={{ address: name }} className="pf-v6-c-button pf-m-secondary">
              Trace
            </PageLink>
            {mayManage && (
              <Button variant="secondary" isDanger onClick={() => setDoing('delete')}>
                Delete
              </Button>
            )}
          </Flex>
        }
      />
      <PageSection type="tabs">
        <Tabs
          aria-label={`What there is to see of ${name}`}
          activeKey={tab}
          onSelect={(_, key) => setSearch({ tab: String(key) })}
          usePageInsets
        >
          {TABS.map(({ key, title, count }) => (
            <Tab
              key={key}
              eventKey={key}
              title={
                <>
                  <TabTitleText>{title}</TabTitleText>
                  {count && <Badge isRead>{shortNumber(count(address.status!))}</Badge>}
                </>
              }
              tabContentId={`address-${key}`}
            />
          ))}
        </Tabs>
      </PageSection>
      {TABS.map(
        ({ key, title, Body }) =>
          key === tab && (
            <PageSection
              key={key}
              isFilled
              className="angarium-below-tabs"
              id={`address-${key}`}
              role="tabpanel"
              aria-label={title}
              tabIndex={-1}
            >
              <Body space={space} address={address} />
            </PageSection>
          ),
      )}
      {doing === 'send' && <SendDialog space={space} address={address} onClose={close} />}
      {doing === 'delete' && <DeleteAddressesDialog space={space} names={[name]} onClose={close} />}
    </>
  );
}
