import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { checkDocument, createDocument, type DocumentDraft, patchDocument, wholeDocument } from '../../api/documents.ts';
import { useDryRun } from '../../api/use-checked.ts';
import type { RoleBinding } from '../../api/user-document.ts';
import { ownBinding, type Subject } from '../../logic/access.ts';
import { commandLine } from '../../logic/command-line.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { LinesField } from '../../parts/lines-field.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RoleChoice } from '../../parts/role-choice.tsx';

interface BindingDialogProps {
  readonly space: string;
  /** Absent: another one is made. */
  readonly before?: RoleBinding;
  /** A user whom another one is for. */
  readonly user?: string;
  readonly onClose: (done: boolean) => void;
}

/** Gives a role to users and groups, or says anew who has it. */
export function BindingDialog({ space, before: given, user: first, onClose }: BindingDialogProps) {
  const [before] = useState(given);
  const subjects: readonly Subject[] = before?.spec.subjects ?? (first === undefined ? [] : [{ user: first }]);
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState(before?.spec.role ?? '');
  const [users, setUsers] = useState(() => subjects.flatMap(subject => ('user' in subject ? [subject.user] : [])));
  const [groups, setGroups] = useState(() => subjects.flatMap(subject => ('group' in subject ? [subject.group] : [])));
  const client = useQueryClient();
  const { tell } = useNotices();
  const usual = [first && ownBinding(first), role].filter(Boolean).join('.');
  const name = before?.metadata.name ?? (typed || usual);
  const who: readonly Subject[] = [
    ...users.filter(user => user !== '').map(user => ({ user })),
    ...groups.filter(group => group !== '').map(group => ({ group })),
  ];
  const draft: DocumentDraft = { kind: 'RoleBinding', metadata: { name }, spec: { role, subjects: who } };
  const write = ({ metadata, spec }: DocumentDraft, dryRun: boolean): Promise<unknown> => {
    if (before)
      return patchDocument(
        'RoleBinding',
        space,
        metadata.name,
        { metadata: { resourceVersion: before.metadata.resourceVersion }, spec },
        dryRun,
      );
    return dryRun ? checkDocument(draft, space) : createDocument(draft, space);
  };
  const complete = role !== '' && who.length > 0;
  const problem = useDryRun(complete ? draft : undefined, next => write(next, true));
  const confirm = async (): Promise<void> => {
    await write(draft, false);
    await client.invalidateQueries({ queryKey: ['documents', 'RoleBinding'] });
    tell(before ? `Changed who has the role ${role} by ${name}` : `Gave the role ${role}`);
  };
  return (
    <ChangeDialog
      title={before ? `Who has a role by ${name}` : 'Give a role'}
      verb={before ? 'Save' : 'Give the role'}
      ready={complete && !problem}
      change={{
        commands: before ? [commandLine(['edit', 'rolebinding', name], { space })] : [],
        document: wholeDocument({ ...draft, metadata: { name: name || 'NAME' } }, space),
      }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <ProblemAlert error={problem} />
      <RoleChoice space={space} value={role} onChange={setRole} none="Choose one" />
      <LinesField label="Users" lines={users} onLines={setUsers} help="One a line." />
      <LinesField label="Groups" lines={groups} onLines={setGroups} help="One a line: all who are in them." />
      {!before && (
        <Field
          label="Name of the binding"
          value={typed}
          onChange={setTyped}
          help={typed === '' && role !== '' ? `Empty: ${usual}.` : undefined}
        />
      )}
    </ChangeDialog>
  );
}
