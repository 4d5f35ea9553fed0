import {
  Checkbox,
  ExpandableSection,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  Grid,
  GridItem,
  HelperText,
  HelperTextItem,
  TextArea,
} from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { type MessageForm, TEXT_FIELDS } from '../logic/message-form.ts';
import { Field } from './field.tsx';
import { PropertyRows } from './property-rows.tsx';

const ENCODINGS = [
  { value: 'text', title: 'text' },
  { value: 'json', title: 'JSON' },
  { value: 'base64', title: 'bytes, in base64' },
] as const;

interface MessageFieldsProps {
  readonly form: MessageForm;
  readonly onForm: (form: MessageForm) => void;
  /** Why the body is none. */
  readonly wrong: string | undefined;
  /** A further field beside the content type. */
  readonly children?: ReactNode;
}

/** All that a message can have, as fields of a form. */
export function MessageFields({ form, onForm, wrong, children }: MessageFieldsProps) {
  const id = useId();
  const set = (change: Partial<MessageForm>): void => onForm({ ...form, ...change });
  return (
    <>
      <FormGroup fieldId={`${id}-body`} label="Body">
        <TextArea
          id={`${id}-body`}
          value={form.body}
          onChange={(_, body) => set({ body })}
          rows={4}
          resizeOrientation="vertical"
          spellCheck={false}
          validated={wrong === undefined ? 'default' : 'error'}
          aria-describedby={`${id}-wrong`}
        />
        <FormHelperText id={`${id}-wrong`} aria-live="polite">
          {wrong !== undefined && (
            <HelperText>
              <HelperTextItem variant="error">{wrong}</HelperTextItem>
            </HelperText>
          )}
        </FormHelperText>
      </FormGroup>
      <Grid hasGutter md={4}>
        <GridItem>
          <FormGroup fieldId={`${id}-encoding`} label="The body is">
            <FormSelect
              id={`${id}-encoding`}
              value={form.bodyEncoding}
              onChange={(_, next) => set({ bodyEncoding: next as MessageForm['bodyEncoding'] })}
            >
              {ENCODINGS.map(({ value, title }) => (
                <FormSelectOption key={value} value={value} label={title} />
              ))}
            </FormSelect>
          </FormGroup>
        </GridItem>
        <GridItem>
          <Field label="Content type" value={form.contentType} onChange={contentType => set({ contentType })} />
        </GridItem>
        {children && <GridItem>{children}</GridItem>}
      </Grid>
      <ExpandableSection toggleText="Properties" isIndented {...(form.properties.length > 0 && { isExpanded: true })}>
        <PropertyRows rows={form.properties} onRows={properties => set({ properties })} />
      </ExpandableSection>
      <ExpandableSection toggleText="Fields" isIndented>
        <Grid hasGutter md={6}>
          {TEXT_FIELDS.map(({ field, label, help }) => (
            <GridItem key={field}>
              <Field
                label={label}
                value={form.texts[field]}
                onChange={text => set({ texts: { ...form.texts, [field]: text } })}
                help={help}
              />
            </GridItem>
          ))}
          <GridItem>
            <FormGroup fieldId={`${id}-priority`} label="Priority">
              <FormSelect id={`${id}-priority`} value={form.priority} onChange={(_, priority) => set({ priority })}>
                <FormSelectOption value="" label="4, as usual" />
                {[0, 1, 2, 3, 5, 6, 7, 8, 9].map(each => (
                  <FormSelectOption
                    key={each}
                    value={String(each)}
                    label={each === 0 ? '0, the lowest' : each === 9 ? '9, the highest' : String(each)}
                  />
                ))}
              </FormSelect>
            </FormGroup>
          </GridItem>
        </Grid>
        <Checkbox
          id={`${id}-durable`}
          isChecked={form.durable}
          onChange={(_, durable) => set({ durable })}
          label="Durable"
          description="It is kept over a restart of the server."
        />
      </ExpandableSection>
    </>
  );
}
