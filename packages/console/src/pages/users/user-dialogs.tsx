import { Checkbox, Content } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { deleteDocument, documentsQuery, patchDocument } from '../../api/documents.ts';
import { ApiProblem } from '../../api/problem.ts';
import { sessionQuery, signIn } from '../../api/session.ts';
import { makeToken, type RoleBinding, type UserDocument } from '../../api/user-document.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { useSession } from '../../app/session-context.ts';
import { ownBinding, ownBindings } from '../../logic/access.ts';
import { commandLine } from '../../logic/command-line.ts';
import { newPassword } from '../../logic/new-password.ts';
import { SPACE_DEFAULT } from '../../logic/space-default.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { DocumentDialog } from '../../parts/document-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { PasswordField } from './password-field.tsx';
import { type Secret, SecretDialog } from './secret-dialog.tsx';

/** What can be done with a user. */
export type UserDoing = 'password' | 'token' | 'disable' | 'enable' | 'edit' | 'delete';

interface UserDialogsProps {
  readonly space: string;
  readonly user: UserDocument;
  readonly doing: UserDoing;
  readonly onClose: (done: boolean) => void;
}

/** The dialog of what somebody wants to do with a user; a secret that was made is shown afterwards. */
export function UserDialogs({ space, user, doing, onClose }: UserDialogsProps) {
  const [secret, setSecret] = useState<Secret>();
  if (secret) return <SecretDialog secret={secret} onClose={() => onClose(true)} />;
  const common = { space, user, onClose };
  switch (doing) {
    case 'password':
      return <PasswordDialog {...common} onMade={setSecret} />;
    case 'token':
      return <TokenDialog {...common} onMade={setSecret} />;
    case 'disable':
    case 'enable':
      return <DisableDialog {...common} disabled={doing === 'disable'} />;
    case 'edit':
      return (
        <DocumentDialog kind="User" one="user" space={space} before={user} without={['authentication', 'disabled']} onClose={onClose} />
      );
    case 'delete':
      return <DeleteUserDialog {...common} />;
  }
}

type DialogProps = Omit<UserDialogsProps, 'doing'>;

/** The users are read again. */
function useUsersChanged(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['documents', 'User'] });
}

function PasswordDialog({ space, user, onClose, onMade }: DialogProps & { readonly onMade: (secret: Secret) => void }) {
  const { name } = user.metadata;
  const [password, setPassword] = useState('');
  const [made, setMade] = useState<string>();
  const session = useSession();
  const isOneself = session.signOut && session.user === name && session.addressSpace === space;
  const client = useQueryClient();
  const changed = useUsersChanged();
  const { tell } = useNotices();
  const confirm = async (): Promise<void> => {
    // Hashes of the password of before are not those of this one.
    const authentication = { type: 'password', password, passwordHash: null, scramSha256: null, scramSha512: null };
    await patchDocument('User', space, name, { spec: { authentication } });
    // Sessions end with the password that began them: one's own goes on with the new one.
    if (isOneself)
      client.setQueryData(sessionQuery.queryKey, await signIn({ user: space === SPACE_DEFAULT ? name : `${name}@${space}`, password }));
    await changed();
    tell(`${name} has another password`);
    if (made === password) onMade({ what: 'password', user: name, text: password });
    else onClose(true);
  };
  return (
    <ChangeDialog
      title={`Another password for ${name}`}
      verb="Set the password"
      ready={password !== ''}
      change={{ commands: [commandLine(['user', 'set-password', name], { space })] }}
      onConfirm={confirm}
      onClose={done => !done && onClose(false)}
    >
      <Content component="p">
        Whoever is connected as {name} is sent away{isOneself && ', but for you here'}.
      </Content>
      <PasswordField
        value={password}
        onChange={setPassword}
        onMake={() => {
          const next = newPassword();
          setMade(next);
          setPassword(next);
        }}
      />
    </ChangeDialog>
  );
}

function TokenDialog({ space, user, onClose, onMade }: DialogProps & { readonly onMade: (secret: Secret) => void }) {
  const { name } = user.metadata;
  const tokens = user.status?.tokens ?? [];
  const [ttl, setTtl] = useState('');
  const changed = useUsersChanged();
  const good = /^([1-9]\d*(ms|s|m|h|d))?$/.test(ttl);
  const confirm = async (): Promise<void> => {
    const { token, expires } = await makeToken(space, name, ttl || undefined);
    await changed();
    onMade({ what: 'token', user: name, text: token, expires });
  };
  return (
    <ChangeDialog
      title={`A token for ${name}`}
      verb="Make the token"
      ready={good}
      change={{ commands: [commandLine(['user', 'token', name], { space, ttl: ttl || undefined })] }}
      onConfirm={confirm}
      onClose={done => !done && onClose(false)}
    >
      <Content component="p">
        Two are good at a time, so that the new one can be rolled out while the old one is in use.
        {tokens.length > 1 && ` The older of those that there are (${tokens[0]!.id}) is good no more then.`}
      </Content>
      <Field
        label="Good for"
        value={ttl}
        onChange={setTtl}
        wrong={!good}
        help={good ? 'As in 30d or 720h; empty: until there are two newer ones.' : 'A number and ms, s, m, h or d, as in 30d.'}
      />
    </ChangeDialog>
  );
}

function DisableDialog({ space, user, disabled, onClose }: DialogProps & { readonly disabled: boolean }) {
  const { name } = user.metadata;
  const changed = useUsersChanged();
  const { tell } = useNotices();
  const confirm = async (): Promise<void> => {
    await patchDocument('User', space, name, { spec: { disabled: disabled ? true : null } });
    await changed();
    tell(`${disabled ? 'Disabled' : 'Enabled'} ${name}`);
  };
  const dialog = {
    title: `${disabled ? 'Disable' : 'Enable'} ${name}?`,
    verb: disabled ? 'Disable' : 'Enable',
    change: { commands: [commandLine(['user', disabled ? 'disable' : 'enable', name], { space })] },
    onConfirm: confirm,
    onClose,
  };
  return disabled ? (
    <ConfirmDialog {...dialog}>
      <Content component="p">Nobody may connect as {name} any more, and who is connected is sent away. Nothing is deleted.</Content>
    </ConfirmDialog>
  ) : (
    <ChangeDialog {...dialog} size="small">
      <Content component="p">{name} may connect again.</Content>
    </ChangeDialog>
  );
}

function DeleteUserDialog({ space, user, onClose }: DialogProps) {
  const { name } = user.metadata;
  const mayUnbind = useMayKind()('manage', 'RoleBinding');
  const { data = [] } = useQuery({ ...documentsQuery<RoleBinding>('RoleBinding', space), enabled: mayUnbind });
  const [withRoles, setWithRoles] = useState(true);
  const id = useId();
  const client = useQueryClient();
  const { tell } = useNotices();
  const own = ownBindings(data, name);
  const going = withRoles ? own : [];
  // The command takes this one with the user.
  const others = going.filter(binding => binding !== ownBinding(name));
  const confirm = async (): Promise<void> => {
    await deleteDocument('User', space, name);
    for (const binding of going) await deleteIfThere(space, binding);
    await Promise.all(['User', 'RoleBinding'].map(kind => client.invalidateQueries({ queryKey: ['documents', kind] })));
    tell(`Deleted the user ${name}`);
  };
  return (
    <ConfirmDialog
      title={`Delete the user ${name}?`}
      verb="Delete"
      typed={name}
      change={{
        commands: [
          commandLine(['user', 'delete', name], { space }),
          ...(others.length > 0 ? [commandLine(['delete', 'rolebinding', ...others], { space })] : []),
        ],
      }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Content component="p">Whoever is connected as {name} is sent away, and its tokens are good no more.</Content>
      {own.length > 0 && (
        <Checkbox
          id={id}
          isChecked={withRoles}
          onChange={(_, checked) => setWithRoles(checked)}
          label={`With the role bindings that are for it alone: ${own.join(', ')}`}
          description="Another user of this name shall not come by its roles."
        />
      )}
    </ConfirmDialog>
  );
}

async function deleteIfThere(space: string, binding: string): Promise<void> {
  try {
    await deleteDocument('RoleBinding', space, binding);
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 404)) throw error;
  }
}
