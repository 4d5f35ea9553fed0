import { Bullseye, Spinner } from '@patternfly/react-core';

/** What stands in the place of what the server has been asked for. */
export function Asking() {
  return (
    <Bullseye>
      <Spinner aria-label="Asking the server" />
    </Bullseye>
  );
}
