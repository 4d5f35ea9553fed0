import { Divider, Dropdown, DropdownItem, DropdownList, MenuSearch, MenuSearchInput, MenuToggle, TextInput } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { documentsQuery } from '../api/documents.ts';
import { pagePath } from './pages.ts';
import { useSpace } from './parameters.ts';
import { useSession } from './session-context.ts';

/** Spaces that the menu shows at once; a filter finds the others. */
const SHOWN_MAX = 30;

/** Which address space is looked at. Who has only one sees its name. */
export function SpaceChooser() {
  const space = useSpace();
  const { administersServer } = useSession();
  if (!administersServer) return <strong>{space}</strong>;
  return <SpaceMenu space={space} />;
}

function SpaceMenu({ space }: { readonly space: string }) {
  const [open, setOpen] = useState(false);
  const [filter, setFilter] = useState('');
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const { data: spaces = [] } = useQuery({ ...documentsQuery('AddressSpace', ''), refetchInterval: false, enabled: open });
  const found = spaces.map(({ metadata }) => metadata.name).filter(name => name.includes(filter));
  const choose = (name: string) => {
    setOpen(false);
    setFilter('');
    if (name !== space) void navigate({ to: `${pagePath('overview', { space: name })}${listOf(pathname)}` });
  };
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      isScrollable
      toggle={toggle => (
        <MenuToggle ref={toggle} isExpanded={open} onClick={() => setOpen(!open)} aria-label={`Address space ${space}; choose another`}>
          {space}
        </MenuToggle>
      )}
    >
      <MenuSearch>
        <MenuSearchInput>
          <TextInput
            type="search"
            value={filter}
            onChange={(_, text) => setFilter(text)}
            placeholder="Filter"
            aria-label="Filter address spaces"
          />
        </MenuSearchInput>
      </MenuSearch>
      <Divider />
      <DropdownList>
        {found.slice(0, SHOWN_MAX).map(name => (
          <DropdownItem key={name} isSelected={name === space} onClick={() => choose(name)}>
            {name}
          </DropdownItem>
        ))}
        {found.length > SHOWN_MAX && <DropdownItem isDisabled>{found.length - SHOWN_MAX} more: filter by name</DropdownItem>}
        {found.length === 0 && <DropdownItem isDisabled>No address space has this in its name</DropdownItem>}
      </DropdownList>
    </Dropdown>
  );
}

/** `/addresses` of `/spaces/shop/addresses`: whoever looks at a list looks at that of the other space then. One thing of this space is not in the other. */
function listOf(pathname: string): string {
  return /^\/spaces\/[^/]+(\/[^/]+)\/?$/.exec(pathname)?.[1] ?? '';
}
