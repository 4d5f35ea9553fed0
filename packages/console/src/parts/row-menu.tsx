import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { EllipsisVIcon } from '@patternfly/react-icons';
import { useState } from 'react';

export interface RowAction {
  readonly title: string;
  readonly danger?: boolean;
  readonly onChoose: () => void;
}

interface RowMenuProps {
  /** Whose menu it is, as in "Actions for orders". */
  readonly label: string;
  readonly items: readonly RowAction[];
}

/** What can be done with the thing of a row. */
export function RowMenu({ label, items }: RowMenuProps) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      // Beyond the table, whose ends would cut it off.
      popperProps={{ position: 'right', appendTo: () => document.body }}
      toggle={toggle => (
        <MenuToggle
          ref={toggle}
          variant="plain"
          size="sm"
          isExpanded={open}
          onClick={() => setOpen(!open)}
          icon={<EllipsisVIcon />}
          aria-label={label}
        />
      )}
    >
      <DropdownList>
        {items.map(({ title, danger, onChoose }) => (
          <DropdownItem
            key={title}
            isDanger={danger ?? false}
            onClick={() => {
              setOpen(false);
              onChoose();
            }}
          >
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
