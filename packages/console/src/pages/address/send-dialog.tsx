import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AddressDocument } from '../../api/address-document.ts';
import { type JsonMessage, sendMessages } from '../../api/messages.ts';
import { messagesPath } from '../../api/request.ts';
import { type MessageForm, messageForm, messageOf, sendCommands } from '../../logic/message-form.ts';
import { counted } from '../../logic/units.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { MessageFields } from '../../parts/message-fields.tsx';
import { useNotices } from '../../parts/notices.tsx';

/** How long the address may withhold credit before the console gives up. */
const WAIT = '5s';
/** Most messages of one send: they travel as one request. */
const COUNT_MAX = 1_000;

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
  const client = useQueryClient();
  const { tell } = useNotices();
  const [form, setForm] = useState<MessageForm>(() => messageForm(like));
  const [count, setCount] = useState('1');
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
      <MessageFields form={form} onForm={setForm} wrong={wrong}>
        <Field
          label="How many"
          type="number"
          value={count}
          onChange={setCount}
          wrong={!ready && wrong === undefined}
          help={`Up to ${COUNT_MAX.toLocaleString('en')}`}
        />
      </MessageFields>
    </ChangeDialog>
  );
}
