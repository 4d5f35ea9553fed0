import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { useId, useMemo } from 'react';
import { useActivity } from '../api/activity.ts';

interface AddressFieldProps {
  readonly space: string;
  readonly label?: string;
  readonly value: string;
  readonly onChange: (address: string) => void;
  readonly help?: string;
}

/** Names that the browser offers while somebody types. */
const OFFERED_MAX = 50;

/** The name of an address: any, with those that there are to choose from. */
export function AddressField({ space, label = 'Address', value, onChange, help }: AddressFieldProps) {
  const id = useId();
  const { log, version } = useActivity(space);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says when the rows are other ones.
  const offered = useMemo(() => {
    const names: string[] = [];
    for (const name of log.rows.keys()) {
      if (names.length >= OFFERED_MAX) break;
      if (name.includes(value)) names.push(name);
    }
    return names;
  }, [log, version, value]);
  return (
    <FormGroup fieldId={id} label={label} isRequired>
      <TextInput
        id={id}
        list={`${id}-names`}
        value={value}
        onChange={(_, next) => onChange(next)}
        isRequired
        autoComplete="off"
        spellCheck={false}
        {...(help !== undefined && { 'aria-describedby': `${id}-help` })}
      />
      <datalist id={`${id}-names`}>
        {offered.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {help !== undefined && (
        <FormHelperText id={`${id}-help`}>
          <HelperText>
            <HelperTextItem>{help}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
