import { ActionGroup, Alert, Button, Form, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { type AddressAction, explainAccess } from '../api/access.ts';
import { ruleWords } from '../logic/access.ts';
import { commandLine } from '../logic/command-line.ts';
import { Field } from './field.tsx';
import { ProblemAlert } from './problem-alert.tsx';
import { ShowCommand } from './show-command.tsx';

const ACTIONS: Readonly<Record<AddressAction, string>> = {
  send: 'send to',
  receive: 'receive from',
  view: 'view',
  manage: 'manage',
};

interface AccessQuestionProps {
  readonly space: string;
  /** Whose right it is; absent: it is asked for. */
  readonly user?: string;
}

/** May somebody do something with an address, and which rule says so? */
export function AccessQuestion({ space, user: given }: AccessQuestionProps) {
  const [typed, setTyped] = useState('');
  const [action, setAction] = useState<AddressAction>('send');
  const [address, setAddress] = useState('');
  const id = useId();
  const user = given ?? typed;
  const asking = useMutation({ mutationFn: () => explainAccess(space, { user, action, address }) });
  const ready = user !== '' && address !== '';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) asking.mutate();
  };
  const { data } = asking;
  return (
    <Form onSubmit={submit} isWidthLimited>
      {given === undefined && <Field label="May the user" value={typed} onChange={setTyped} required />}
      <FormGroup fieldId={id} label={given === undefined ? 'do this' : `May ${given} do this`}>
        <FormSelect id={id} value={action} onChange={(_, next) => setAction(next as AddressAction)}>
          {Object.entries(ACTIONS).map(([value, label]) => (
            <FormSelectOption key={value} value={value} label={label} />
          ))}
        </FormSelect>
      </FormGroup>
      <Field
        label="this address"
        value={address}
        onChange={setAddress}
        required
        help="An address, a topic, or a pattern of topics such as news/#. It does not have to exist."
      />
      <ActionGroup>
        <Button type="submit" variant="secondary" isDisabled={!ready} isLoading={asking.isPending}>
          Ask
        </Button>
      </ActionGroup>
      <ProblemAlert error={asking.error} />
      {data && (
        <Alert
          isInline
          isLiveRegion
          variant={data.status.allowed ? 'success' : 'danger'}
          title={`${data.status.allowed ? 'Yes' : 'No'}: ${data.spec.user} may ${data.status.allowed ? '' : 'not '}${ACTIONS[data.spec.action]} ${data.spec.address}`}
        >
          Decided by: {data.status.from}
          {data.status.rule && ` (${ruleWords(data.status.rule)})`}
        </Alert>
      )}
      {ready && <ShowCommand change={{ commands: [commandLine(['access', 'check', user, action, address], { space })] }} />}
    </Form>
  );
}
