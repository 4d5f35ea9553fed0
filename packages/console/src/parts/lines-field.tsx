import { TextArea } from '@patternfly/react-core';
import { Labelled } from './labelled.tsx';

interface LinesFieldProps {
  readonly label: string;
  /** Empty ones are there while somebody types. */
  readonly lines: readonly string[];
  readonly onLines: (lines: string[]) => void;
  readonly help?: string | undefined;
  readonly required?: boolean;
}

/** Any number of short texts, one a line. */
export function LinesField({ label, lines, onLines, help, required = false }: LinesFieldProps) {
  return (
    <Labelled label={label} help={help} required={required}>
      {(id, describedBy) => (
        <TextArea
          id={id}
          value={lines.join('\n')}
          onChange={(_, next) => onLines(next === '' ? [] : next.split('\n'))}
          rows={2}
          autoResize
          spellCheck={false}
          {...describedBy}
        />
      )}
    </Labelled>
  );
}
