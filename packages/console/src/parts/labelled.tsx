import { FormGroup, FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';

interface LabelledProps {
  readonly label: string;
  readonly help?: string | undefined;
  readonly required?: boolean;
  /** Draws the control, which takes this id and names what describes it. */
  readonly children: (id: string, describedBy: { readonly 'aria-describedby'?: string }) => ReactNode;
}

/** A control of a form that is no line of text, with its label and what there is to say of it. */
export function Labelled({ label, help, required = false, children }: LabelledProps) {
  const id = useId();
  return (
    <FormGroup fieldId={id} label={label} isRequired={required}>
      {children(id, help === undefined ? {} : { 'aria-describedby': `${id}-help` })}
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
