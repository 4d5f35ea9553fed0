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
import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { AddressDocument } from '../../api/address-document.ts';
import { type JsonMessage, sendMessages } from '../../api/messages.ts';
import { messagesPath } from '../../api/request.ts';
import { type MessageForm, messageForm, messageOf, sendCommands, TEXT_FIELDS } from '../../logic/message-form.ts';
import { counted } from '../../logic/units.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { useNotices } from '../../parts/notices.tsx';
import { PropertyRows } from './property-rows.tsx';

/** How long the address may withhold credit before the console gives up. */
const WAIT = '5s';
/** Most messages of one send: they travel as one request. */
const COUNT_MAX = 1_000;

const ENCODINGS = [
  { value: 'text', title: 'text' },
  { value: 'json', title: 'JSON' },
  { value: 'base64', title: 'bytes, in base64' },
] as const;

interface SendDialogProps {
  readonly space: string;
  readonly address: AddressDocument;
  /** A message that the form begins with. */
  readonly like?: JsonMessage;
  readonly onClose: (done: boolean) => void;
}

/** Sends a message, or several that are alike, with all that a message can have. */
export function SendDialog({ space, address, like, onClose }: SendDialogProps) {
  const { name } = address.metadata;
  const id = useId();
  const client = useQueryClient();
  const { tell } = useNotices();
  const [form, setForm] = useState<MessageForm>(() => messageForm(like));
  const [count, setCount] = useState('1');
  const set = (change: Partial<MessageForm>): void => setForm({ ...form, ...change });
  const message = messageOf(form);
  const wrong = typeof message === 'string' ? message : undefined;
  const times = Number(count);
  const ready = wrong === undefined && Number.isInteger(times) && times >= 1 && times <= COUNT_MAX;
  const url = new URL(messagesPath(space, name), window.location.href).href;
  const commands = typeof message === 'string' ? [] : sendCommands(message, { space, address: name, url, count: ready ? times : 1 });
  const confirm = async (): Promise<void> => {
    if (typeof message === 'string') return;
    await sendMessages(
      space,
      name,
      Array.from({ length: times }, () => message),
      WAIT,
    );
    tell(`Sent ${counted(times, 'message')} to ${name}`);
    void client.invalidateQueries({ queryKey: ['messages', space, name] });
    void client.invalidateQueries({ queryKey: ['documents', 'Address'] });
  };
  return (
    <ChangeDialog title={`Send to ${name}`} verb="Send" ready={ready} change={{ commands }} onConfirm={confirm} onClose={onClose}>
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
        <GridItem>
          <Field
            label="How many"
            type="number"
            value={count}
            onChange={setCount}
            wrong={!ready && wrong === undefined}
            help={`Up to ${COUNT_MAX.toLocaleString('en')}`}
          />
        </GridItem>
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
    </ChangeDialog>
  );
}
