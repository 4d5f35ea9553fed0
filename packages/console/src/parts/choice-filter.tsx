import { MenuToggle, Select, SelectList, SelectOption } from '@patternfly/react-core';
import { useState } from 'react';

interface ChoiceFilterProps {
  /** What is chosen, as in "Type". */
  readonly label: string;
  /** '' is no choice. */
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
  readonly onChange: (value: string) => void;
}

/** One of a few, or any. */
export function ChoiceFilter({ label, value, choices, onChange }: ChoiceFilterProps) {
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
          {chosen ? `${label}: ${chosen.title}` : `${label}: any`}
        </MenuToggle>
      )}
    >
      <SelectList aria-label={label}>
        <SelectOption value="">Any</SelectOption>
        {choices.map(choice => (
          <SelectOption key={choice.value} value={choice.value}>
            {choice.title}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
