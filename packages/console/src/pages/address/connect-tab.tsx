import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { ClientSnippets } from '../../parts/client-snippets.tsx';
import type { AddressTabProps } from './address-tab.ts';

/** How a program uses the address. */
export function ConnectTab({ space, address }: AddressTabProps) {
  return (
    <Card>
      <CardTitle component="h2">Programs that send to it and receive from it, as they are</CardTitle>
      <CardBody>
        <ClientSnippets space={space} address={address.metadata.name} type={address.spec.type} />
      </CardBody>
    </Card>
  );
}
