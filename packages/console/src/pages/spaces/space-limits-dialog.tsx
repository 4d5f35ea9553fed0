import { Grid, GridItem } from '@patternfly/react-core';
import { useState } from 'react';
import { patchDocument, wholeDocument } from '../../api/documents.ts';
import { commandLine } from '../../logic/command-line.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useNotices } from '../../parts/notices.tsx';
import type { AddressSpace } from './address-space.ts';
import { LIMITS, limitsPatch } from './limits.ts';
import { PlanChoice } from './plan-choice.tsx';

interface SpaceLimitsDialogProps {
  readonly space: AddressSpace;
  readonly onClose: (done: boolean) => void;
}

/** What an address space may have, at the most; what is left empty is the plan's to say, or the server's. */
export function SpaceLimitsDialog({ space, onClose }: SpaceLimitsDialogProps) {
  const { metadata, spec } = space;
  const { name } = metadata;
  const [plan, setPlan] = useState(spec.plan ?? '');
  const [limits, setLimits] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(LIMITS.map(({ field }) => [field, spec.limits?.[field]?.toString() ?? ''])),
  );
  const { tell } = useNotices();
  const patch = { spec: { plan: plan === '' ? null : plan, limits: limitsPatch(limits) } };
  const said = Object.fromEntries(LIMITS.filter(({ field }) => limits[field] !== '').map(({ field }) => [field, Number(limits[field])]));
  const document = wholeDocument(
    { kind: 'AddressSpace', metadata: { name }, spec: { ...spec, plan: plan === '' ? undefined : plan, limits: said } },
    '',
  );
  const confirm = async (): Promise<void> => {
    await patchDocument('AddressSpace', '', name, patch);
    tell(`Changed the limits of ${name}`);
  };
  return (
    <ChangeDialog
      title={`Plan and limits of ${name}`}
      verb="Save"
      ready={LIMITS.every(({ field }) => /^(\d*[1-9]\d*)?$/.test(limits[field] ?? ''))}
      change={{ commands: [commandLine(['edit', 'addressspace', name])], document }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <PlanChoice value={plan} onChange={setPlan} />
      <Grid hasGutter md={6}>
        {LIMITS.map(({ field, label, help }) => (
          <GridItem key={field}>
            <Field
              label={label}
              type="number"
              value={limits[field] ?? ''}
              onChange={value => setLimits({ ...limits, [field]: value })}
              help={help}
            />
          </GridItem>
        ))}
      </Grid>
    </ChangeDialog>
  );
}
