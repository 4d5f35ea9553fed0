import { Alert, Content, Form, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { documentQuery, type ResourceDocument } from '../api/documents.ts';
import { useSession } from '../app/session-context.ts';
import type { AddressType } from '../logic/address-types.ts';
import { type EndpointUrls, PASSWORD_VARIABLE, snippets } from '../logic/snippets.ts';
import { SPACE_DEFAULT } from '../logic/space-default.ts';
import { Asking } from './asking.tsx';
import { CopyBlock } from './copy-block.tsx';
import { Field } from './field.tsx';
import { ProblemAlert } from './problem-alert.tsx';

type Space = ResourceDocument<object, { readonly endpoints?: EndpointUrls }>;

interface ClientSnippetsProps {
  readonly space: string;
  readonly address: string;
  readonly type: AddressType;
}

function userWords(user: string, anonymous: boolean): string {
  if (user !== '') return `The password is taken from the variable ${PASSWORD_VARIABLE}.`;
  return anonymous
    ? 'Empty: clients of this machine need not say who they are, until the server has users.'
    : 'Name the user that the program is to be: as nobody, it may be refused.';
}

/** Programs that send to an address and receive from it, with all that they need to know filled in. */
export function ClientSnippets({ space, address, type }: ClientSnippetsProps) {
  const session = useSession();
  const { data, error } = useQuery(documentQuery<Space>('AddressSpace', '', space));
  const inSpace = (name: string): string => (name === '' || space === SPACE_DEFAULT ? name : `${name}@${space}`);
  // An administrator of another space is nobody that clients of this one could be.
  const ownUser = session.anonymous || session.addressSpace !== space ? '' : session.user;
  const [user, setUser] = useState(ownUser);
  const [chosen, setChosen] = useState<string>('rhea');
  if (error) return <ProblemAlert error={error} />;
  if (!data) return <Asking />;
  const endpoints = data.status?.endpoints ?? {};
  const offered = snippets({ endpoints, space, address, type, user: inSpace(user) });
  const [first] = offered;
  if (!first) return <Alert isInline variant="info" title="The server has no endpoints for clients" />;
  const shown = offered.find(({ id }) => id === chosen) ?? first;
  return (
    <div className="angarium-words">
      <Form isHorizontal onSubmit={event => event.preventDefault()}>
        <Field label="User" value={user} onChange={setUser} help={userWords(user, session.anonymous)} />
      </Form>
      {user === '' && space !== SPACE_DEFAULT && (
        <Alert isInline variant="info" title="Clients say by their user which address space they mean">
          Without one they are in {SPACE_DEFAULT}: create a user in {space}, and name it above.
        </Alert>
      )}
      <Tabs activeKey={shown.id} onSelect={(_, id) => setChosen(String(id))} aria-label="Clients" isBox={false}>
        {offered.map(({ id, title }) => (
          <Tab key={id} eventKey={id} title={<TabTitleText>{title}</TabTitleText>} tabContentId={`snippet-${id}`} />
        ))}
      </Tabs>
      <section id={`snippet-${shown.id}`} role="tabpanel" aria-label={shown.title} className="angarium-words">
        <Content component="p">
          {shown.protocol}: sends a message, receives it, and prints it. Save it as <code>{shown.file}</code>, and run it:
        </Content>
        <CopyBlock label="the commands" text={[...(user === '' ? [] : [`export ${PASSWORD_VARIABLE}=…`]), ...shown.run].join('\n')} />
        <CopyBlock label={shown.file} text={shown.text} />
      </section>
    </div>
  );
}
