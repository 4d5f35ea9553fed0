import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useState } from 'react';
import type { AddressType } from '../../logic/address-types.ts';
import type { Operation } from './operation-dialog.tsx';

const OPERATIONS = [
  { word: 'copy', title: 'Copy to another address…', manages: false, takes: false },
  { word: 'move', title: 'Move to another address…', manages: true, takes: true },
  { word: 'replay', title: 'Send dead letters back…', manages: true, takes: true },
  { word: 'purge', title: 'Remove all of these…', manages: true, takes: true },
] as const satisfies readonly { word: Operation; title: string; manages: boolean; takes: boolean }[];

interface OperationsMenuProps {
  readonly type: AddressType;
  readonly mayManage: boolean;
  readonly onChoose: (word: Operation) => void;
}

/** What can be done with all messages that are listed, and those that would be listed further on. */
export function OperationsMenu({ type, mayManage, onChoose }: OperationsMenuProps) {
  const [open, setOpen] = useState(false);
  // Nothing is taken away from a stream.
  const offered = OPERATIONS.filter(({ manages, takes }) => (mayManage || !manages) && !(takes && type === 'stream'));
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      toggle={toggle => (
        <MenuToggle ref={toggle} isExpanded={open} onClick={() => setOpen(!open)}>
          With all of these
        </MenuToggle>
      )}
    >
      <DropdownList>
        {offered.map(({ word, title }) => (
          <DropdownItem
            key={word}
            isDanger={word === 'purge'}
            onClick={() => {
              setOpen(false);
              onChoose(word);
            }}
          >
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
