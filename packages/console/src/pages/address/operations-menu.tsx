import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useState } from 'react';
import type { AddressType } from '../../logic/address-types.ts';
import type { Operation } from './operation-dialog.tsx';

const OPERATIONS = [
  { word: 'copy', title: 'Copy to another address…', takes: false, sends: true },
  { word: 'move', title: 'Move to another address…', takes: true, sends: true },
  { word: 'replay', title: 'Send back from the dead letters…', takes: true, sends: true },
  { word: 'purge', title: 'Remove…', takes: true, sends: false },
] as const satisfies readonly { word: Operation; title: string; takes: boolean; sends: boolean }[];

interface May {
  readonly manage: boolean;
  /** To any other address. */
  readonly send: boolean;
}

/** What somebody may do with messages of an address of this type. Nothing is taken away from a stream. */
export function offeredOperations(type: AddressType, may: May): readonly (typeof OPERATIONS)[number][] {
  return OPERATIONS.filter(({ takes, sends }) => (!takes || (may.manage && type !== 'stream')) && (!sends || may.send));
}

interface OperationsMenuProps {
  readonly offered: ReturnType<typeof offeredOperations>;
  /** How many are selected; 0: all that are listed are meant, and those that would be listed further on. */
  readonly selected: number;
  readonly onChoose: (word: Operation) => void;
}

/** What can be done with several messages. */
export function OperationsMenu({ offered, selected, onChoose }: OperationsMenuProps) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      toggle={toggle => (
        <MenuToggle ref={toggle} isExpanded={open} onClick={() => setOpen(!open)}>
          {selected === 0 ? 'With all of these' : `With the ${selected.toLocaleString('en')} selected`}
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
