import {
  Button,
  Checkbox,
  FormFieldGroup,
  FormFieldGroupHeader,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Switch,
  TextArea,
} from '@patternfly/react-core';
import { useId } from 'react';
import { withField } from '../logic/document-change.ts';
import { type FieldShape, fieldsOf, fieldTitle, type JsonSchema, shapeOf } from '../logic/json-schema.ts';
import { Field } from './field.tsx';
import { Labelled } from './labelled.tsx';
import { LinesField } from './lines-field.tsx';

type Fields = Readonly<Record<string, unknown>>;

interface SchemaFieldsProps {
  /** Of an object. */
  readonly schema: JsonSchema;
  readonly value: Fields;
  readonly onChange: (value: Fields) => void;
  /** Paths of fields that are never shown, as in `credentials.password`. */
  readonly secrets?: readonly string[];
  /** Where it stands in the whole, as in `credentials.`. */
  readonly path?: string;
  /** Fields of it that are asked for elsewhere, or not at all. */
  readonly without?: readonly string[];
}

/** The fields of a form, made from what the server says of a document: what a later version of it adds is there too. */
export function SchemaFields({ schema, value, onChange, secrets = [], path = '', without = [] }: SchemaFieldsProps) {
  return fieldsOf(schema)
    .filter(([name]) => !without.includes(name))
    .map(([name, field]) => (
      <SchemaField
        key={name}
        title={fieldTitle(name)}
        schema={field}
        required={schema.required?.includes(name) ?? false}
        value={value[name]}
        onChange={next => onChange(withField(value, name, next))}
        secrets={secrets}
        path={`${path}${name}`}
      />
    ));
}

interface SchemaFieldProps {
  readonly title: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly value: unknown;
  /** `undefined`: nothing is said. */
  readonly onChange: (value: unknown) => void;
  readonly secrets: readonly string[];
  readonly path: string;
}

function SchemaField(props: SchemaFieldProps) {
  const { title, schema, required, value, onChange, secrets, path } = props;
  const shape = shapeOf(schema);
  const help = schema.description;
  const secret = secrets.includes(path);
  switch (shape.shape) {
    case 'text':
    case 'number':
      return (
        <Field
          label={title}
          value={value === undefined ? '' : String(value)}
          onChange={text => onChange(text === '' ? undefined : shape.shape === 'number' ? Number(text) : text)}
          help={help}
          required={required && !secret}
          type={secret ? 'password' : shape.shape}
          {...(secret && { autoComplete: 'new-password' })}
          {...(shape.shape === 'number' && limitsOf(shape))}
        />
      );
    case 'long-text':
      return <LongText {...props} />;
    case 'texts':
      return (
        <LinesField
          label={title}
          lines={(value as readonly string[] | undefined) ?? []}
          onLines={lines => onChange(lines.length === 0 && !required ? undefined : lines)}
          help={`${help ?? ''} One a line.`.trim()}
          required={required}
        />
      );
    case 'yes-no':
      return <Choice {...props} values={['Yes', 'No']} value={yesOrNo(value)} onChange={text => onChange(text && text === 'Yes')} />;
    case 'choice':
      return <Choice {...props} values={shape.values} value={value as string | undefined} />;
    case 'choices':
      return <Choices {...props} values={shape.values} />;
    case 'group':
      return <Group {...props} schema={shape.schema} />;
    case 'list':
      return <List {...props} schema={shape.schema} />;
    case 'other':
      return (
        <Labelled label={title} help={`${help ?? ''} Change it as YAML.`.trim()}>
          {id => <span id={id}>{value === undefined ? 'Nothing is said.' : JSON.stringify(value)}</span>}
        </Labelled>
      );
  }
}

function limitsOf({ minimum, maximum, whole }: FieldShape & { shape: 'number' }): { min?: number; max?: number; step?: 'any' } {
  return { ...(minimum !== undefined && { min: minimum }), ...(maximum !== undefined && { max: maximum }), ...(!whole && { step: 'any' }) };
}

function yesOrNo(value: unknown): string | undefined {
  return value === undefined ? undefined : value ? 'Yes' : 'No';
}

/** A text of several lines, such as a certificate. */
function LongText({ title, schema, required, value, onChange }: SchemaFieldProps) {
  return (
    <Labelled label={title} help={schema.description} required={required}>
      {(id, describedBy) => (
        <TextArea
          id={id}
          value={(value as string | undefined) ?? ''}
          onChange={(_, next) => onChange(next === '' ? undefined : next)}
          rows={4}
          spellCheck={false}
          {...describedBy}
        />
      )}
    </Labelled>
  );
}

function Choice({ title, schema, required, value, onChange, values }: SchemaFieldProps & { readonly values: readonly string[] }) {
  return (
    <Labelled label={title} help={schema.description} required={required}>
      {(id, describedBy) => (
        <FormSelect
          id={id}
          value={(value as string | undefined) ?? ''}
          onChange={(_, next) => onChange(next === '' ? undefined : next)}
          {...describedBy}
        >
          <FormSelectOption value="" label={required ? 'Choose one' : 'Nothing is said'} />
          {values.map(each => (
            <FormSelectOption key={each} value={each} label={each} />
          ))}
        </FormSelect>
      )}
    </Labelled>
  );
}

function Choices({ title, schema, required, value = [], onChange, values }: SchemaFieldProps & { readonly values: readonly string[] }) {
  const id = useId();
  const chosen = value as readonly string[];
  return (
    <FormGroup role="group" fieldId={id} label={title} isRequired={required} isInline>
      {values.map(each => (
        <Checkbox
          key={each}
          id={`${id}-${each}`}
          label={each}
          isChecked={chosen.includes(each)}
          onChange={(_, checked) => onChange(values.filter(other => (other === each ? checked : chosen.includes(other))))}
        />
      ))}
      {schema.description !== undefined && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem>{schema.description}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}

/** Fields that belong together, and are there or not. */
function Group({ title, schema, required, value, onChange, secrets, path }: SchemaFieldProps) {
  const id = useId();
  const there = required || value !== undefined;
  return (
    <FormGroup role="group" fieldId={id} aria-label={title}>
      {!required && <Switch id={id} label={title} isChecked={there} onChange={(_, checked) => onChange(checked ? {} : undefined)} />}
      {schema.description !== undefined && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem>{schema.description}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
      {there && (
        <div className="angarium-inside">
          <SchemaFields
            schema={schema}
            value={(value as Fields | undefined) ?? {}}
            onChange={onChange}
            secrets={secrets}
            path={`${path}.`}
          />
        </div>
      )}
    </FormGroup>
  );
}

/** Any number of things with fields each. */
function List({ title, schema, value = [], onChange, secrets, path, required }: SchemaFieldProps) {
  const items = value as readonly Fields[];
  const put = (next: readonly Fields[]): void => onChange(next.length === 0 && !required ? undefined : next);
  return (
    <>
      {items.map((item, at) => (
        <FormFieldGroup
          // biome-ignore lint/suspicious/noArrayIndexKey: their order is what they are.
          key={at}
          header={
            <FormFieldGroupHeader
              titleText={{ text: `${title} ${at + 1}`, id: `${path}-${at}` }}
              actions={
                <Button variant="link" isDanger onClick={() => put(items.filter((_, other) => other !== at))}>
                  Remove
                </Button>
              }
            />
          }
        >
          <SchemaFields
            schema={schema}
            value={item}
            onChange={next => put(items.map((other, place) => (place === at ? next : other)))}
            secrets={secrets}
            path={`${path}.`}
          />
        </FormFieldGroup>
      ))}
      <div>
        <Button variant="secondary" onClick={() => put([...items, {}])}>
          Add to {title.toLowerCase()}
        </Button>
      </div>
    </>
  );
}
