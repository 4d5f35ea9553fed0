import { Button, Card, CardBody, CardTitle, Flex, PageSection, Stack, StackItem, Wizard, WizardStep } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMayAny } from '../../api/access.ts';
import { createDocument, type DocumentDraft, wholeDocument } from '../../api/documents.ts';
import { useChecked } from '../../api/use-checked.ts';
import { pagePath } from '../../app/pages.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { createCommand } from '../../logic/address-command.ts';
import { ADDRESS_TYPES, type AddressType } from '../../logic/address-types.ts';
import { whatIsSaid } from '../../logic/document-change.ts';
import { SPEC_FIELDS } from '../../logic/spec-fields.ts';
import { ClientSnippets } from '../../parts/client-snippets.tsx';
import { NotAllowed } from '../../parts/not-allowed.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { NameStep } from './name-step.tsx';
import { OptionsStep, type Settings } from './options-step.tsx';
import { ReviewStep } from './review-step.tsx';
import { TypeStep } from './type-step.tsx';

/** Creates an address in a few steps, and ends with programs that use it. */
export default function WizardPage() {
  const space = useSpace();
  const [created, setCreated] = useState<DocumentDraft>();
  const mayCreate = useMayAny('manage') !== 'none';
  return (
    <>
      <PageHeader
        title={created ? created.metadata.name : 'Create an address'}
        above={[
          <PageLink key="addresses" page="addresses" with={{ space }}>
            Addresses
          </PageLink>,
        ]}
        {...(created && { description: 'It is there. These programs send to it and receive from it as they are.' })}
      />
      <PageSection isFilled>
        {!mayCreate ? (
          <NotAllowed title="You may not create addresses" what="manage any address" />
        ) : created ? (
          <Done space={space} created={created} onAgain={() => setCreated(undefined)} />
        ) : (
          <Steps space={space} onCreated={setCreated} />
        )}
      </PageSection>
    </>
  );
}

interface StepsProps {
  readonly space: string;
  readonly onCreated: (created: DocumentDraft) => void;
}

function Steps({ space, onCreated }: StepsProps) {
  const [wanted] = useSearchState({ name: '', type: '' });
  const [type, setType] = useState<AddressType | undefined>(() => ADDRESS_TYPES.find(each => each === wanted.type));
  const [name, setName] = useState(wanted.name);
  const [plan, setPlan] = useState('');
  const [settings, setSettings] = useState<Settings>({});
  const [keeper, setKeeper] = useState('');
  const client = useQueryClient();
  const navigate = useNavigate();
  const { tell } = useNotices();
  const draft = addressDraft(name, type ?? 'queue', { ...(plan !== '' && { plan }), ...settings });
  const keeperDraft = keeper !== '' && type === 'topic' ? addressDraft(keeper, 'queue', { bindings: [`${name}/#`] }) : undefined;
  const drafts = keeperDraft ? [draft, keeperDraft] : [draft];
  const problem = useChecked(name === '' || !type ? undefined : draft, space);
  const keeperProblem = useChecked(keeperDraft, space);
  const ready = name !== '' && !problem;
  const creating = useMutation({
    mutationFn: async () => {
      for (const each of drafts) await createDocument(each, space);
    },
    onSuccess: () => {
      tell(`Created ${drafts.map(({ metadata }) => metadata.name).join(' and ')}`);
      void client.invalidateQueries({ queryKey: ['documents', 'Address'] });
      onCreated(draft);
    },
  });
  const change = {
    commands: drafts.map(({ metadata, spec }) => createCommand(metadata.name || 'NAME', spec as Settings, space)),
    document: drafts.map(each => wholeDocument(each, space)),
  };
  return (
    <div ref={nameless}>
      <Wizard
        aria-label="Create an address"
        onClose={() => void navigate({ to: pagePath('addresses', { space }) })}
        onSave={() => creating.mutate()}
        isVisitRequired
      >
        <WizardStep name="What it does" id="type" footer={{ isNextDisabled: !type }}>
          <TypeStep type={type} onType={setType} />
        </WizardStep>
        <WizardStep name="Name and plan" id="name" footer={{ isNextDisabled: !ready }}>
          <NameStep space={space} type={type ?? 'queue'} name={name} onName={setName} plan={plan} onPlan={setPlan} problem={problem} />
        </WizardStep>
        <WizardStep name="Options" id="options" footer={{ isNextDisabled: !ready || keeperProblem !== undefined }}>
          <OptionsStep
            space={space}
            type={type ?? 'queue'}
            name={name}
            settings={settings}
            onSettings={setSettings}
            keeper={keeper}
            onKeeper={setKeeper}
            problem={problem ?? keeperProblem}
          />
        </WizardStep>
        <WizardStep
          name="Review"
          id="review"
          footer={{ nextButtonText: 'Create', isNextDisabled: !ready || keeperProblem !== undefined || creating.isPending }}
        >
          <ReviewStep space={space} drafts={drafts} change={change} error={creating.error} />
        </WizardStep>
      </Wizard>
    </div>
  );
}

/** On a phone the step is a button that shows all of them: what it says is its name, and not the one that PatternFly gives it. */
function nameless(box: HTMLElement | null): void {
  box?.querySelector('.pf-v6-c-wizard__toggle')?.removeAttribute('aria-label');
}

/** What of the settings this type takes: somebody may have gone back and chosen another one. */
function addressDraft(name: string, type: AddressType, settings: Settings): DocumentDraft {
  const taken = Object.entries(whatIsSaid(settings) as Settings).filter(([field]) => SPEC_FIELDS[field]?.includes(type));
  return { kind: 'Address', metadata: { name }, spec: { type, ...Object.fromEntries(taken) } };
}

interface DoneProps {
  readonly space: string;
  readonly created: DocumentDraft;
  readonly onAgain: () => void;
}

function Done({ space, created, onAgain }: DoneProps) {
  const { name } = created.metadata;
  const { type } = created.spec as { type: AddressType };
  return (
    <Stack hasGutter>
      <StackItem>
        <Flex gap={{ default: 'gapSm' }}>
          <PageLink page="address" with={{ space, name }} className="pf-v6-c-button pf-m-primary">
            Look at {name}
          </PageLink>
          <Button variant="secondary" onClick={onAgain}>
            Create another one
          </Button>
        </Flex>
      </StackItem>
      <StackItem>
        <Card>
          <CardTitle component="h2">Connect</CardTitle>
          <CardBody>
            <ClientSnippets space={space} address={name} type={type} />
          </CardBody>
        </Card>
      </StackItem>
    </Stack>
  );
}
