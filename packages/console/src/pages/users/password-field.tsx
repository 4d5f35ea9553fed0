import {
  Button,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  InputGroup,
  InputGroupItem,
  TextInput,
} from '@patternfly/react-core';
import { useId, useState } from 'react';

interface PasswordFieldProps {
  readonly value: string;
  readonly onChange: (password: string) => void;
  /** Somebody wants one that is made. */
  readonly onMake: () => void;
}

/** A new password, typed or made. */
export function PasswordField({ value, onChange, onMake }: PasswordFieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <FormGroup fieldId={id} label="Password" isRequired>
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput
            id={id}
            type={shown ? 'text' : 'password'}
            value={value}
            onChange={(_, next) => onChange(next)}
            autoComplete="new-password"
            isRequired
            aria-describedby={`${id}-help`}
          />
        </InputGroupItem>
        <InputGroupItem>
          <Button variant="control" onClick={() => setShown(!shown)} aria-pressed={shown}>
            Show
          </Button>
        </InputGroupItem>
        <InputGroupItem>
          <Button
            variant="control"
            onClick={() => {
              onMake();
              setShown(true);
            }}
          >
            Make one
          </Button>
        </InputGroupItem>
      </InputGroup>
      <FormHelperText id={`${id}-help`}>
        <HelperText>
          <HelperTextItem>
            The server keeps it as hashes, and shows it to nobody. One that is made is shown once more when you are done.
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
