import { useId, useMemo } from 'react';
import { useActivity } from '../api/activity.ts';
import { Field } from './field.tsx';

interface AddressFieldProps {
  readonly space: string;
  readonly label?: string;
  readonly value: string;
  readonly onChange: (address: string) => void;
  readonly help?: string;
  /** Yes, where nothing is said. */
  readonly required?: boolean;
}

/** Names that the browser offers while somebody types. */
const OFFERED_MAX = 50;

/** The name of an address: any, with those that there are to choose from. */
export function AddressField({ space, label = 'Address', value, onChange, help, required = true }: AddressFieldProps) {
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
    <>
      <Field label={label} value={value} onChange={onChange} help={help} required={required} list={id} />
      <datalist id={id}>
        {offered.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
