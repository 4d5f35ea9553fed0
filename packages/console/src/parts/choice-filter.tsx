import { MenuToggle, Select, SelectList, SelectOption } from '@patternfly/react-core';
import { useState } from 'react';

interface ChoiceFilterProps {
  /** What is chosen, as in "Type". */
  readonly label: string;
  /** '' is no choice. */
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly onChange: (value: string) => void;
  /** What no choice means; otherwise any of them will do. */
  readonly none?: string;
}

/** One of a few, or any. */
export function ChoiceFilter({ label, value, choices, onChange, none = 'any' }: ChoiceFilterProps) {
  const [open, setOpen] = useState(false);
  const chosen = choices.find(choice => choice.value === value);
  return (
    <Select
      isOpen={open}
      onOpenChange={setOpen}
      selected={value}
      onSelect={(_, next) => {
        onChange(String(next ?? ''));
        setOpen(false);
      }}
      toggle={toggle => (
        <MenuToggle ref={toggle} isExpanded={open} onClick={() => setOpen(!open)}>
          {chosen ? `${label}: ${chosen.title}` : `${label}: ${none}`}
        </MenuToggle>
      )}
    >
      <SelectList aria-label={label}>
        <SelectOption value="">{none === 'any' ? 'Any' : none}</SelectOption>
        {choices.map(choice => (
          <SelectOption key={choice.value} value={choice.value}>
            {choice.title}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
