import {
  Content,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { useId, useState } from 'react';
import type { JsonMessage } from '../api/messages.ts';
import { type BodyForm, bodyForms, shownBody, valueWords } from '../logic/message-body.ts';
import { counted } from '../logic/units.ts';
import { CopyBlock } from './copy-block.tsx';

const FORM_TITLES = { json: 'JSON', text: 'Text', hex: 'Hexadecimal' } as const satisfies Record<BodyForm, string>;
/** Told elsewhere, or in lists of their own. */
const OTHER_FIELDS = new Set(['body', 'bodyEncoding', 'properties', 'annotations']);

export type Values = readonly (readonly [name: string, text: string])[];

/** A part of what there is to say of a message. */
export function MessageFacts({ title, values, none }: { readonly title?: string; readonly values: Values; readonly none?: string }) {
  if (values.length === 0 && none === undefined) return null;
  return (
    <section>
      {title && <Content component="h2">{title}</Content>}
      {values.length === 0 ? (
        <Content component="p">{none}</Content>
      ) : (
        <DescriptionList isCompact isHorizontal columnModifier={{ lg: '2Col' }}>
          {values.map(([name, text]) => (
            <DescriptionListGroup key={name}>
              <DescriptionListTerm>{name}</DescriptionListTerm>
              <DescriptionListDescription>{text}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
      )}
    </section>
  );
}

interface MessageBodyProps {
  readonly message: JsonMessage;
  /** It is not well formed, and told as its bytes. */
  readonly malformed?: boolean | undefined;
}

/** A body in the form that says most of it, and in the others. Give it a `key` that is the message's. */
export function MessageBody({ message, malformed = false }: MessageBodyProps) {
  const id = useId();
  const forms = bodyForms(message);
  const [form, setForm] = useState(forms[0]!);
  const { text, leftOut } = shownBody(message, form);
  return (
    <section>
      <Content component="h2">Body</Content>
      {malformed && <Content component="p">The message is not well formed: these are all of its bytes.</Content>}
      <ToggleGroup aria-label="How the body is shown" isCompact>
        {forms.map(each => (
          <ToggleGroupItem
            key={each}
            text={FORM_TITLES[each]}
            buttonId={`${id}-${each}`}
            isSelected={each === form}
            onChange={() => setForm(each)}
          />
        ))}
      </ToggleGroup>
      {text === '' ? <Content component="p">It is empty.</Content> : <CopyBlock label="the body" text={text} />}
      {leftOut > 0 && (
        <Content component="p">
          {counted(
            leftOut,
            form === 'hex' ? 'more byte is' : 'more character is',
            form === 'hex' ? 'more bytes are' : 'more characters are',
          )}{' '}
          not shown.
        </Content>
      )}
    </section>
  );
}

/** Fields, properties and annotations of a message. */
export function MessageMetadata({ message }: { readonly message: JsonMessage }) {
  return (
    <>
      <MessageFacts title="Fields" values={fieldsOf(message)} />
      <MessageFacts title="Properties" values={typedValues(message.properties)} none="The message has no properties of its application." />
      <MessageFacts title="Annotations" values={typedValues(message.annotations)} />
    </>
  );
}

/** `contentType` as Content type. */
function fieldsOf(message: JsonMessage): Values {
  return Object.entries(message)
    .filter(([name]) => !OTHER_FIELDS.has(name))
    .map(([name, value]) => {
      const words = name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
      return [words.charAt(0).toUpperCase() + words.slice(1), valueWords(value).text] as const;
    });
}

/** With their types, as a selector has to know them. */
function typedValues(values: Readonly<Record<string, unknown>> = {}): Values {
  return Object.entries(values).map(([name, value]) => {
    const { text, type } = valueWords(value);
    return [name, `${text} (${type})`] as const;
  });
}
