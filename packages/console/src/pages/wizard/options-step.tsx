import { Checkbox, Content, ExpandableSection, Form } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import type { ApiProblem } from '../../api/problem.ts';
import { schemasQuery } from '../../api/schemas.ts';
import type { AddressType } from '../../logic/address-types.ts';
import { withField } from '../../logic/document-change.ts';
import { fieldsNotOf } from '../../logic/spec-fields.ts';
import { AddressField } from '../../parts/address-field.tsx';
import { Field } from '../../parts/field.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { SchemaFields } from '../../parts/schema-fields.tsx';

export type Settings = Readonly<Record<string, unknown>>;

interface OptionsStepProps {
  readonly space: string;
  readonly type: AddressType;
  readonly name: string;
  readonly settings: Settings;
  readonly onSettings: (settings: Settings) => void;
  /** Of a topic: the queue that keeps all that is published; '' where there is none. */
  readonly keeper: string;
  readonly onKeeper: (name: string) => void;
  /** Why it cannot be like this, as the server says. */
  readonly problem: ApiProblem | undefined;
}

/** What most people decide for an address of this type; all else is there too, folded up. */
export function OptionsStep({ space, type, name, settings, onSettings, keeper, onKeeper, problem }: OptionsStepProps) {
  const { data: schemas } = useQuery(schemasQuery);
  const schema = schemas?.find(({ kind }) => kind === 'Address')?.spec;
  const set = (field: string, value: unknown): void => onSettings(withField(settings, field, value));
  const asked = type === 'queue' || type === 'topic' ? ['deadLetter'] : [];
  const keeps = useId();
  const dead = useId();
  return (
    <Form onSubmit={event => event.preventDefault()}>
      <ProblemAlert error={problem} />
      {(type === 'queue' || type === 'topic') && (
        <>
          <Checkbox
            id={dead}
            isChecked={settings.deadLetter !== undefined}
            onChange={(_, checked) => set('deadLetter', checked ? `${name}-dead` : undefined)}
            label="Keep what nobody can process (dead letters)"
            description="Messages that consumers reject, or whose attempts have all failed, go to another address with the reason. Otherwise they are removed, and counted."
          />
          {settings.deadLetter !== undefined && (
            <AddressField
              space={space}
              label="Address for dead letters"
              value={String(settings.deadLetter)}
              onChange={text => set('deadLetter', text)}
              help="It is made, as a queue, when there is none of this name."
            />
          )}
        </>
      )}
      {type === 'topic' && (
        <>
          <Content component="p">
            Subscriptions are made by consumers: durable ones keep messages while their consumers are away, others only hear what is
            published while they are there.
          </Content>
          <Checkbox
            id={keeps}
            isChecked={keeper !== ''}
            onChange={(_, checked) => onKeeper(checked ? `${name}-all` : '')}
            label="Keep all that is published in a queue as well"
            description="A queue that is bound to the topic gets everything, whoever subscribes."
          />
          {keeper !== '' && <Field label="Name of the queue" value={keeper} onChange={onKeeper} />}
        </>
      )}
      {type === 'stream' && (
        <Content component="p">Without a retention everything is kept for good. What is older, or beyond it, goes from the front.</Content>
      )}
      {(type === 'anycast' || type === 'multicast') && (
        <Content component="p">
          There is little to decide: nothing is kept, and producers wait until a consumer has credit. What can be said is below.
        </Content>
      )}
      {schema && type === 'stream' && (
        <SchemaFields
          schema={{ ...schema, required: [] }}
          value={settings}
          onChange={onSettings}
          without={[...Object.keys(schema.properties ?? {}).filter(field => field !== 'retention')]}
        />
      )}
      {schema && (
        <ExpandableSection toggleText="All settings" isIndented>
          <SchemaFields
            schema={{ ...schema, required: [] }}
            value={settings}
            onChange={onSettings}
            without={[...fieldsNotOf(type), 'plan', ...asked, ...(type === 'stream' ? ['retention'] : [])]}
          />
        </ExpandableSection>
      )}
    </Form>
  );
}
