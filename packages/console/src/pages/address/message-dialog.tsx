import {
  Button,
  Content,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { useState } from 'react';
import type { JsonMessage, QueuedMessage } from '../../api/messages.ts';
import { type BodyForm, bodyForms, shownBody, valueWords } from '../../logic/message-body.ts';
import { counted, shortBytes } from '../../logic/units.ts';
import { CopyBlock } from '../../parts/copy-block.tsx';

const FORM_TITLES = { json: 'JSON', text: 'Text', hex: 'Hexadecimal' } as const satisfies Record<BodyForm, string>;
/** Told elsewhere, or in lists of their own. */
const OTHER_FIELDS = new Set(['body', 'bodyEncoding', 'properties', 'annotations']);

interface MessageDialogProps {
  readonly address: string;
  /** Those that are listed: one goes on to the next from here. */
  readonly messages: readonly QueuedMessage[];
  readonly first: QueuedMessage;
  readonly onClose: () => void;
}

/** All of one message. */
export function MessageDialog({ address, messages, first, onClose }: MessageDialogProps) {
  const [at, setAt] = useState(() => messages.indexOf(first));
  const queued = messages[at] ?? first;
  const { sequence, message } = queued;
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-label={`Message ${sequence} of ${address}`}>
      <ModalHeader title={`Message ${sequence} of ${address}`} />
      <ModalBody tabIndex={0}>
        <div className="angarium-words" aria-live="polite">
          <Facts values={placeOf(queued)} />
          <Body key={sequence} queued={queued} />
          <Facts title="Fields" values={fieldsOf(message)} />
          <Facts title="Properties" values={typedValues(message.properties)} none="The message has no properties of its application." />
          <Facts title="Annotations" values={typedValues(message.annotations)} />
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Close</Button>
        <Button variant="secondary" isDisabled={at <= 0} onClick={() => setAt(at - 1)}>
          Previous
        </Button>
        <Button variant="secondary" isDisabled={at >= messages.length - 1} onClick={() => setAt(at + 1)}>
          Next
        </Button>
      </ModalFooter>
    </Modal>
  );
}

type Values = readonly (readonly [name: string, text: string])[];

function Facts({ title, values, none }: { readonly title?: string; readonly values: Values; readonly none?: string }) {
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

function Body({ queued: { message, bodyOmitted, malformed, sizeBytes } }: { readonly queued: QueuedMessage }) {
  const forms = bodyForms(message);
  const [form, setForm] = useState(forms[0]!);
  const { text, leftOut } = shownBody(message, form);
  if (bodyOmitted)
    return <Content component="p">The body is left out: the message has {shortBytes(sizeBytes)}. Receive it to see all of it.</Content>;
  return (
    <section>
      <Content component="h2">Body</Content>
      {malformed && <Content component="p">The message is not well formed: these are all of its bytes.</Content>}
      <ToggleGroup aria-label="How the body is shown" isCompact>
        {forms.map(each => (
          <ToggleGroupItem
            key={each}
            text={FORM_TITLES[each]}
            buttonId={`body-${each}`}
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

function placeOf({ state, attempts, redelivered, sizeBytes, storedAt, expiresAt, dueAt, topic }: QueuedMessage): Values {
  const time = (at: string): string => new Date(at).toLocaleString();
  return [
    ['State', state],
    ['Failed attempts', attempts === 0 && redelivered ? '0, though somebody may have had it' : String(attempts)],
    ['Stored', time(storedAt)],
    ['Size', shortBytes(sizeBytes)],
    ...(topic === undefined ? [] : [['Published to', topic] as const]),
    ...(dueAt === undefined ? [] : [['May be delivered', time(dueAt)] as const]),
    ...(expiresAt === undefined ? [] : [['Expires', time(expiresAt)] as const]),
  ];
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
