import { Alert, Checkbox, Content, List, ListItem } from '@patternfly/react-core';
import { useId, useState } from 'react';
import { useMayEach } from '../api/access.ts';
import { deleteDocument } from '../api/documents.ts';
import { inTurn } from '../api/in-turn.ts';
import { ApiProblem } from '../api/problem.ts';
import { commandLine } from '../logic/command-line.ts';
import { counted } from '../logic/units.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { useNotices } from './notices.tsx';
import { ProblemAlert } from './problem-alert.tsx';

/** As many names are listed. */
const LISTED = 10;
/** More than so many are confirmed by their number: one name is typed as it is. */
const NAMED = 1;

interface DeleteAddressesDialogProps {
  readonly space: string;
  readonly names: readonly string[];
  readonly onClose: (done: boolean) => void;
}

/** Deletes one address or thousands: those that who looks may manage. What is refused is told with the server's reason. */
export function DeleteAddressesDialog({ space, names: given, onClose }: DeleteAddressesDialogProps) {
  // What was chosen when the dialog opened: the list behind it goes on.
  const [chosen] = useState(given);
  const { allowed, error } = useMayEach(space, 'manage', chosen);
  const names = allowed ?? chosen;
  const [force, setForce] = useState(false);
  const id = useId();
  const { tell } = useNotices();
  const what = names.length === NAMED ? names[0]! : counted(names.length, 'address', 'addresses');
  const confirm = async (): Promise<void> => {
    const { done, refused } = await inTurn(names, name => deleteDocument('Address', space, name, force));
    if (done > 0) tell(done === NAMED && names.length === NAMED ? `Deleted ${what}` : `Deleted ${counted(done, 'address', 'addresses')}`);
    const [first] = refused;
    if (!first) return;
    if (refused.length === NAMED || !(first.error instanceof ApiProblem)) throw first.error;
    const { status, code, title, message } = first.error;
    throw new ApiProblem(
      status,
      code,
      title,
      `${counted(refused.length, 'address is', 'addresses are')} still there. The first, ${first.name}: ${message}`,
    );
  };
  return (
    <ConfirmDialog
      title={`Delete ${what}?`}
      verb="Delete"
      ready={allowed !== undefined && names.length > 0}
      typed={names.length === NAMED ? names[0]! : String(names.length)}
      change={{ commands: [commandLine(['delete', 'address', ...names], { space, force })] }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <ProblemAlert error={error} />
      {names.length < chosen.length && <Kept names={chosen.filter(name => !names.includes(name))} />}
      <Content component="p">Clients that use {names.length === NAMED ? 'it' : 'them'} are told, and lose their links.</Content>
      {names.length > NAMED && <Names names={names} />}
      <Checkbox
        id={id}
        isChecked={force}
        onChange={(_, checked) => setForce(checked)}
        label="Also what holds messages or is in use"
        description="Its messages are lost. Otherwise such an address is refused to go."
      />
    </ConfirmDialog>
  );
}

/** What was chosen, and stays. */
function Kept({ names }: { readonly names: readonly string[] }) {
  return (
    <Alert
      isInline
      variant="warning"
      component="p"
      title={
        names.length === 1
          ? 'One address stays: you may not manage it'
          : `${counted(names.length, 'address', 'addresses')} stay: you may not manage them`
      }
    >
      <Names names={names} />
    </Alert>
  );
}

function Names({ names }: { readonly names: readonly string[] }) {
  return (
    <List>
      {names.slice(0, LISTED).map(name => (
        <ListItem key={name}>{name}</ListItem>
      ))}
      {names.length > LISTED && <ListItem>and {counted(names.length - LISTED, 'other')}</ListItem>}
    </List>
  );
}
