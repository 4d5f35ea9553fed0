import type { UserDocument } from '../../api/user-document.ts';
import type { UserDoing } from './user-dialogs.tsx';

/** What can be done with this user, in the order of its menu. */
export function userActions({
  spec,
}: UserDocument): readonly { readonly doing: UserDoing; readonly title: string; readonly danger?: boolean }[] {
  const type = spec.authentication?.type;
  return [
    ...(type === 'password' ? [{ doing: 'password' as const, title: 'Set another password' }] : []),
    ...(type === 'service-account' ? [{ doing: 'token' as const, title: 'Make a token' }] : []),
    { doing: 'edit', title: 'Change groups, rules and limits' },
    spec.disabled ? { doing: 'enable', title: 'Enable' } : { doing: 'disable', title: 'Disable' },
    { doing: 'delete', title: 'Delete', danger: true },
  ];
}
