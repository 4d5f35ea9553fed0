import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { documentQuery, documentsQuery, type ResourceDocument } from '../../api/documents.ts';
import type { ApiProblem } from '../../api/problem.ts';
import type { AddressType } from '../../logic/address-types.ts';
import { settingTitle, settingWords } from '../../logic/setting-words.ts';
import { SPEC_FIELDS } from '../../logic/spec-fields.ts';
import { counted } from '../../logic/units.ts';
import { Field } from '../../parts/field.tsx';

type Plan = ResourceDocument<Readonly<Record<string, unknown>>>;
type Space = ResourceDocument<{ limits?: Readonly<Record<string, number>>; plan?: string }, { addresses: number }>;

interface NameStepProps {
  readonly space: string;
  readonly type: AddressType;
  readonly name: string;
  readonly onName: (name: string) => void;
  /** '': none. */
  readonly plan: string;
  readonly onPlan: (plan: string) => void;
  /** What the server says of the name, or of all of it. */
  readonly problem: ApiProblem | undefined;
}

/** What the address is called, and which plan says what it does not say itself. */
export function NameStep({ space, type, name, onName, plan, onPlan, problem }: NameStepProps) {
  const id = useId();
  const { data: plans = [] } = useQuery(documentsQuery<Plan>('AddressPlan', space));
  const { data: ofSpace } = useQuery(documentQuery<Space>('AddressSpace', '', space));
  const chosen = plans.find(({ metadata }) => metadata.name === plan);
  const most = ofSpace?.spec.limits?.addressesMax;
  return (
    <Form onSubmit={event => event.preventDefault()}>
      <Field
        label="Name"
        value={name}
        onChange={onName}
        required
        wrong={problem !== undefined}
        help={
          problem?.message ??
          'As clients say it: letters, digits and other signs, in levels between slashes, such as orders or plant/7/alarms.'
        }
      />
      {ofSpace?.status && (
        <p className="angarium-subtle">
          {counted(ofSpace.status.addresses, 'address', 'addresses')} {ofSpace.status.addresses === 1 ? 'is' : 'are'} in {space}
          {most !== undefined && `, of ${most.toLocaleString('en')} that its limits allow`}.
        </p>
      )}
      <FormGroup fieldId={id} label="Plan">
        <FormSelect id={id} value={plan} onChange={(_, next) => onPlan(next)}>
          <FormSelectOption value="" label="None: what is not said here is as usual" />
          {plans.map(({ metadata }) => (
            <FormSelectOption key={metadata.name} value={metadata.name} label={metadata.name} />
          ))}
        </FormSelect>
      </FormGroup>
      {chosen && <PlanLimits plan={chosen} type={type} />}
    </Form>
  );
}

/** What a plan says that this type of address takes. */
function PlanLimits({ plan, type }: { readonly plan: Plan; readonly type: AddressType }) {
  const said = Object.entries(plan.spec).filter(([field]) => SPEC_FIELDS[field]?.includes(type));
  if (said.length === 0) return <p>The plan says nothing about addresses of type {type}.</p>;
  return (
    <DescriptionList isCompact isHorizontal aria-label={`What the plan ${plan.metadata.name} says`}>
      {said.map(([field, value]) => (
        <DescriptionListGroup key={field}>
          <DescriptionListTerm>{settingTitle(field)}</DescriptionListTerm>
          <DescriptionListDescription>{settingWords(field, value)}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}
