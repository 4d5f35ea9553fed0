import { Divider, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { UserIcon } from '@patternfly/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { signOut } from '../api/session.ts';
import { SPACE_DEFAULT } from '../logic/space-default.ts';
import { useNotices } from '../parts/notices.tsx';
import { useSession } from './session-context.ts';
import { setTheme, type Theme, useTheme } from './theme.ts';

const THEMES: readonly { readonly theme: Theme; readonly title: string }[] = [
  { theme: 'light', title: 'Light' },
  { theme: 'dark', title: 'Dark' },
  { theme: 'system', title: 'As the system has it' },
];

/** Who one is here, how the console looks, and the way out. */
export function UserMenu() {
  const [open, setOpen] = useState(false);
  const session = useSession();
  const theme = useTheme();
  const client = useQueryClient();
  const { tellProblem } = useNotices();
  const leave = async (): Promise<void> => {
    try {
      await signOut();
      client.clear();
      // Who signs in again is most likely of the same address space.
      window.location.assign(session.addressSpace === SPACE_DEFAULT ? '/ui/' : `/ui/?space=${encodeURIComponent(session.addressSpace)}`);
    } catch (error) {
      tellProblem('You are still signed in', error);
    }
  };
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      popperProps={{ position: 'right' }}
      toggle={toggle => (
        <MenuToggle
          ref={toggle}
          isExpanded={open}
          onClick={() => setOpen(!open)}
          variant="plainText"
          icon={<UserIcon />}
          aria-label={`${session.user}: appearance and session`}
        >
          <span className="angarium-wide">{session.user}</span>
        </MenuToggle>
      )}
    >
      <DropdownGroup label="Appearance">
        <DropdownList>
          {THEMES.map(each => (
            <DropdownItem key={each.theme} isSelected={each.theme === theme} onClick={() => setTheme(each.theme)}>
              {each.title}
            </DropdownItem>
          ))}
        </DropdownList>
      </DropdownGroup>
      <Divider />
      <DropdownGroup label={session.version === '' ? 'Angarium' : `Angarium ${session.version}`}>
        <DropdownList>
          <DropdownItem to="/openapi.json" target="_blank" isExternalLink>
            The HTTP API
          </DropdownItem>
          {session.signOut && (
            <DropdownItem
              onClick={() => {
                setOpen(false);
                void leave();
              }}
            >
              Sign out
            </DropdownItem>
          )}
        </DropdownList>
      </DropdownGroup>
    </Dropdown>
  );
}
