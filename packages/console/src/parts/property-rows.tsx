import { Button, Flex, FlexItem, FormSelect, FormSelectOption, Stack, StackItem, TextInput } from '@patternfly/react-core';
import { PROPERTY_TYPES, type PropertyRow } from '../logic/message-form.ts';

interface PropertyRowsProps {
  readonly rows: readonly PropertyRow[];
  readonly onRows: (rows: readonly PropertyRow[]) => void;
}

/** Properties of the application, each with its type: selectors compare texts with texts, and numbers with numbers. */
export function PropertyRows({ rows, onRows }: PropertyRowsProps) {
  const change = (at: number, next: Partial<PropertyRow>): void =>
    onRows(rows.map((row, other) => (other === at ? { ...row, ...next } : row)));
  return (
    <Stack hasGutter>
      {rows.map(({ name, type, value }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are known by their place alone while they are typed.
        <StackItem key={at}>
          <Flex gap={{ default: 'gapSm' }} flexWrap={{ default: 'wrap' }}>
            <FlexItem flex={{ default: 'flex_1' }}>
              <TextInput
                aria-label={`Name of property ${at + 1}`}
                placeholder="name"
                value={name}
                onChange={(_, next) => change(at, { name: next })}
              />
            </FlexItem>
            <FlexItem>
              <FormSelect aria-label={`Type of property ${at + 1}`} value={type} onChange={(_, next) => change(at, { type: next })}>
                {[...new Set<string>([...PROPERTY_TYPES, type])].map(each => (
                  <FormSelectOption key={each} value={each} label={each} />
                ))}
              </FormSelect>
            </FlexItem>
            <FlexItem flex={{ default: 'flex_1' }}>
              <TextInput
                aria-label={`Value of property ${at + 1}`}
                placeholder="value"
                value={value}
                onChange={(_, next) => change(at, { value: next })}
              />
            </FlexItem>
            <Button
              variant="link"
              onClick={() => onRows(rows.filter((_, other) => other !== at))}
              aria-label={`Take away property ${at + 1}`}
            >
              Take away
            </Button>
          </Flex>
        </StackItem>
      ))}
      <StackItem>
        <Button variant="link" isInline onClick={() => onRows([...rows, { name: '', type: 'string', value: '' }])}>
          Add a property
        </Button>
      </StackItem>
    </Stack>
  );
}
