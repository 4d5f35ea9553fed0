import { Alert, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { createDocument, type DocumentDraft, deleteDocument, wholeDocument } from '../../api/documents.ts';
import { ApiProblem } from '../../api/problem.ts';
import { sessionQuery, signIn } from '../../api/session.ts';
import { useChecked } from '../../api/use-checked.ts';
import { USER_TYPES, type UserType } from '../../api/user-document.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { useSession } from '../../app/session-context.ts';
import { ownBinding, SERVER_ADMIN } from '../../logic/access.ts';
import { commandLine } from '../../logic/command-line.ts';
import { newPassword } from '../../logic/new-password.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { RoleChoice } from '../../parts/role-choice.tsx';
import { PasswordField } from './password-field.tsx';

const TYPE_WORDS: Readonly<Record<UserType, string>> = {
  password: 'A password',
  'service-account': 'A token: for programs',
  certificate: 'A certificate',
  federated: 'The authentication service of the address space',
};

interface CreateUserDialogProps {
  readonly space: string;
  /** `password` is one that was made here, and is shown once more. */
  readonly onClose: (made?: { readonly name: string; readonly type: UserType; readonly password?: string }) => void;
}

/** Makes a user, and says what he may do. */
export function CreateUserDialog({ space, onClose }: CreateUserDialogProps) {
  const [name, setName] = useState('');
  const [type, setType] = useState<UserType>('password');
  const [password, setPassword] = useState('');
  const [made, setMade] = useState<string>();
  const [proof, setProof] = useState({ by: 'name', text: '' });
  const [role, setRole] = useState('');
  const [groups, setGroups] = useState('');
  const mayBind = useMayKind()('manage', 'RoleBinding');
  const session = useSession();
  const client = useQueryClient();
  const { tell } = useNotices();
  const inGroups = groups.split(/[\s,]+/).filter(group => group !== '');
  const authentication = {
    type,
    ...(type === 'password' && { password }),
    ...(type === 'certificate' && { [proof.by]: proof.text }),
    ...(type === 'federated' && proof.text !== '' && { subject: proof.text }),
  };
  const draft: DocumentDraft = {
    kind: 'User',
    metadata: { name },
    spec: { authentication, ...(inGroups.length > 0 && { groups: inGroups }) },
  };
  const complete = name !== '' && (type !== 'password' || password !== '') && (type !== 'certificate' || proof.text !== '');
  // A password is not sent over and over while it is typed.
  const asked = { ...draft, spec: { ...draft.spec, authentication: type === 'password' ? { type, password: 'x' } : authentication } };
  const problem = useChecked(complete ? asked : undefined, space);
  const binding = ownBinding(name);
  // Until then, whoever is on the machine of the server administers it without a name.
  const endsAnonymous = session.anonymous && role === SERVER_ADMIN;
  const confirm = async (): Promise<void> => {
    await giveRole();
    await createDocument(draft, space);
    if (endsAnonymous && type === 'password') client.setQueryData(sessionQuery.queryKey, await signIn({ user: name, password }));
    await Promise.all(['User', 'RoleBinding'].map(kind => client.invalidateQueries({ queryKey: ['documents', kind] })));
    tell(`Created the user ${name}`, role === '' ? 'It may do nothing yet: give it a role.' : `It has the role ${role}.`);
    onClose({ name, type, ...(made === password && made !== undefined && { password: made }) });
  };
  /** The role comes first: when the first user is there, nobody is anonymous any more, and could not give it. */
  const giveRole = async (): Promise<void> => {
    if (role === '' || binding === undefined) return;
    const own: DocumentDraft = { kind: 'RoleBinding', metadata: { name: binding }, spec: { role, subjects: [{ user: name }] } };
    try {
      await createDocument(own, space);
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 409)) throw error;
      // One that is left of a user of the same name.
      await deleteDocument('RoleBinding', space, binding);
      await createDocument(own, space);
    }
  };
  const id = useId();
  return (
    <ChangeDialog
      title="Create a user"
      verb="Create"
      ready={complete && !problem}
      change={{
        commands: [
          commandLine(['user', 'create', name || 'NAME'], {
            space,
            type: type === 'password' ? undefined : type,
            role: role || undefined,
            group: inGroups,
            ...(type === 'certificate' && { [proof.by === 'name' ? 'certificate-name' : proof.by]: proof.text }),
            ...(type === 'federated' && { subject: proof.text || undefined }),
          }),
        ],
        document: wholeDocument(
          {
            ...draft,
            metadata: { name: name || 'NAME' },
            spec: { ...draft.spec, authentication: { ...authentication, ...(type === 'password' && { password: 'PASSWORD' }) } },
          },
          space,
        ),
      }}
      onConfirm={confirm}
      onClose={done => !done && onClose()}
    >
      <Field label="Name" value={name} onChange={setName} required wrong={problem !== undefined} help={problem?.message} />
      <FormGroup fieldId={`${id}-type`} label="Proves who it is by">
        <FormSelect id={`${id}-type`} value={type} onChange={(_, next) => setType(next as UserType)}>
          {USER_TYPES.map(each => (
            <FormSelectOption key={each} value={each} label={TYPE_WORDS[each]} />
          ))}
        </FormSelect>
      </FormGroup>
      {type === 'password' && (
        <PasswordField
          value={password}
          onChange={setPassword}
          onMake={() => {
            const next = newPassword();
            setMade(next);
            setPassword(next);
          }}
        />
      )}
      {type === 'certificate' && (
        <>
          <FormGroup fieldId={`${id}-proof`} label="Known by its">
            <FormSelect id={`${id}-proof`} value={proof.by} onChange={(_, by) => setProof({ ...proof, by })}>
              <FormSelectOption value="name" label="Alternative name (host, mail address, URI)" />
              <FormSelectOption value="subject" label="Subject, as in CN=pump,O=Acme" />
              <FormSelectOption value="fingerprint" label="SHA-256 fingerprint" />
            </FormSelect>
          </FormGroup>
          <Field label="Of the certificate" value={proof.text} onChange={text => setProof({ ...proof, text })} required />
        </>
      )}
      {type === 'federated' && (
        <Field
          label="Subject"
          value={proof.text}
          onChange={text => setProof({ ...proof, text })}
          help="That has to come with the name; leave it empty for any subject."
        />
      )}
      {type === 'service-account' && <p>You make its token when it is there; it is shown once.</p>}
      {mayBind && (
        <RoleChoice
          space={space}
          value={role}
          onChange={setRole}
          none="None: it may do nothing yet"
          disabled={name !== '' && binding === undefined}
        />
      )}
      {endsAnonymous && (
        <Alert isInline variant="info" title="From then on, everybody has to sign in">
          {type === 'password'
            ? `You are signed in as ${name || 'this user'} at once; take the password along for the next time.`
            : 'You as well: it is better to begin with a user who has a password.'}
        </Alert>
      )}
      <Field label="Groups" value={groups} onChange={setGroups} help="With commas between them. Roles can be given to groups." />
    </ChangeDialog>
  );
}
