import { useState } from 'react';
import { createDocument, type DocumentDraft, wholeDocument } from '../../api/documents.ts';
import { useChecked } from '../../api/use-checked.ts';
import { commandLine } from '../../logic/command-line.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { PlanChoice } from './plan-choice.tsx';

/** Creates an address space. The server says as one types whether it can be like this. */
export function CreateSpaceDialog({ onClose }: { readonly onClose: (done: boolean) => void }) {
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [plan, setPlan] = useState('');
  const { tell } = useNotices();
  const draft: DocumentDraft = {
    kind: 'AddressSpace',
    metadata: { name },
    spec: { ...(plan !== '' && { plan }), ...(displayName !== '' && { displayName }) },
  };
  const problem = useChecked(name === '' ? undefined : draft, '');
  const confirm = async (): Promise<void> => {
    await createDocument(draft, '');
    tell(`Created the address space ${name}`);
  };
  return (
    <ChangeDialog
      title="Create an address space"
      verb="Create"
      size="small"
      ready={name !== '' && !problem}
      change={{
        commands: [commandLine(['space', 'create', name || 'NAME'], { plan: plan || undefined, 'display-name': displayName || undefined })],
        document: wholeDocument(draft, ''),
      }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        onChange={setName}
        required
        wrong={problem !== undefined}
        help={problem?.message ?? 'Lower case letters, digits and hyphens: it may be part of a host name.'}
      />
      <Field label="What people call it" value={displayName} onChange={setDisplayName} />
      <PlanChoice value={plan} onChange={setPlan} />
    </ChangeDialog>
  );
}
