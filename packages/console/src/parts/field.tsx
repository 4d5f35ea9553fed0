import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What it is for, or what is wrong with it. */
  readonly help?: string | undefined;
  /** It cannot be like this: `help` says why. */
  readonly wrong?: boolean;
  readonly required?: boolean;
  readonly type?: 'text' | 'number' | 'password';
  /** Of a number: the least and the largest, and `any` for those that are not whole. */
  readonly min?: number;
  readonly max?: number;
  readonly step?: 'any';
  /** Of a text: the id of a `datalist` with values that are offered. */
  readonly list?: string;
  /** As browsers know it, as in `username`. */
  readonly autoComplete?: string;
}

/** A line of a form, with its label and what there is to say of it. */
export function Field(props: FieldProps) {
  const { label, value, onChange, help, wrong = false, required = false, type = 'text', autoComplete = 'off' } = props;
  const { min = 1, max, step, list } = props;
  const id = useId();
  return (
    <FormGroup fieldId={id} label={label} isRequired={required}>
      <TextInput
        id={id}
        type={type}
        value={value}
        onChange={(_, next) => onChange(next)}
        isRequired={required}
        autoComplete={autoComplete}
        spellCheck={false}
        validated={wrong ? 'error' : 'default'}
        {...(list !== undefined && { list })}
        {...(type === 'number' && { min, max, step, inputMode: step ? ('decimal' as const) : ('numeric' as const) })}
        {...(help !== undefined && { 'aria-describedby': `${id}-help` })}
      />
      {help !== undefined && (
        <FormHelperText id={`${id}-help`} aria-live="polite">
          <HelperText>
            <HelperTextItem variant={wrong ? 'error' : 'default'}>{help}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
