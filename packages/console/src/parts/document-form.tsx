import {
  Alert,
  Content,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextArea,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import {
  checkDocument,
  createDocument,
  type Kind,
  patchDocument,
  type ResourceDocument,
  spaceOption,
  wholeDocument,
} from '../api/documents.ts';
import { schemasQuery } from '../api/schemas.ts';
import { useDryRun } from '../api/use-checked.ts';
import { commandLine } from '../logic/command-line.ts';
import { mergePatchOf, whatIsSaid } from '../logic/document-change.ts';
import { readText, type WrittenDocument, writeText } from '../logic/document-text.ts';
import { Asking } from './asking.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { Field } from './field.tsx';
import { useNotices } from './notices.tsx';
import { SchemaFields } from './schema-fields.tsx';

export interface DocumentFormProps {
  readonly kind: Kind;
  /** What people call one, as in "address plan". */
  readonly one: string;
  readonly space: string;
  /** The one that is changed; absent: another one is made. */
  readonly before?: ResourceDocument<object, object>;
  /** What a new one begins with. */
  readonly begin?: Readonly<Record<string, unknown>>;
  /** Fields that the form does not ask for. */
  readonly without?: readonly string[];
  readonly onClose: (done: boolean) => void;
}

interface Wish {
  readonly before: WrittenDocument | undefined;
  readonly after: WrittenDocument;
  readonly resourceVersion: string | undefined;
}

export default function DocumentForm({ kind, one, space, before: given, begin = {}, without = [], onClose }: DocumentFormProps) {
  // What it was when the dialog opened: what others change meanwhile is told when it is saved.
  const [before] = useState(given);
  const { data: schemas } = useQuery(schemasQuery);
  const [written, setWritten] = useState<WrittenDocument>(() => (before ? writtenOf(before) : { metadata: { name: '' }, spec: begin }));
  // As long as it is there, the text counts.
  const [text, setText] = useState<string>();
  const client = useQueryClient();
  const { tell } = useNotices();
  const read = text === undefined ? { document: said(written) } : readText(kind, text);
  const after = 'document' in read ? read.document : undefined;
  const renamed = before && after && after.metadata.name !== before.metadata.name;
  const wish: Wish | undefined =
    after && after.metadata.name !== '' && !renamed
      ? { before: before && writtenOf(before), after, resourceVersion: before?.metadata.resourceVersion }
      : undefined;
  const write = ({ before, after, resourceVersion }: Wish, dryRun: boolean): Promise<unknown> => {
    const { metadata, spec } = after;
    if (!before) return dryRun ? checkDocument({ kind, metadata, spec }, space) : createDocument({ kind, metadata, spec }, space);
    const patch = mergePatchOf({ ...before }, { ...after });
    const unchangedSince = { metadata: { ...(patch.metadata as object | undefined), resourceVersion } };
    return patchDocument(kind, space, metadata.name, { ...patch, ...unchangedSince }, dryRun);
  };
  const problem = useDryRun(wish, next => write(next, true));
  const wrong = 'wrong' in read ? read.wrong : renamed ? `The name is ${before.metadata.name}, and stays.` : problem?.message;
  const schema = schemas?.find(each => each.kind === kind);
  const shown = after ?? written;
  const confirm = async (): Promise<void> => {
    await write(wish as Wish, false);
    await client.invalidateQueries({ queryKey: ['documents', kind] });
    tell(`${before ? 'Changed' : 'Created'} the ${one} ${shown.metadata.name}`);
  };
  return (
    <ChangeDialog
      title={before ? `Change the ${one} ${before.metadata.name}` : `Create ${/^[aeiou]/.test(one) ? 'an' : 'a'} ${one}`}
      verb={before ? 'Save' : 'Create'}
      size="large"
      ready={wish !== undefined && wrong === undefined}
      change={{
        commands: before ? [commandLine(['edit', kind.toLowerCase(), before.metadata.name], spaceOption(kind, space))] : [],
        document: wholeDocument({ kind, metadata: { ...shown.metadata, name: shown.metadata.name || 'NAME' }, spec: shown.spec }, space),
      }}
      onConfirm={confirm}
      onClose={onClose}
    >
      <ToggleGroup aria-label="How to write it">
        <ToggleGroupItem
          text="Form"
          isSelected={text === undefined}
          isDisabled={'wrong' in read}
          onChange={() => {
            if (after) setWritten(after);
            setText(undefined);
          }}
        />
        <ToggleGroupItem text="YAML" isSelected={text !== undefined} onChange={() => setText(text ?? writeText(kind, said(written)))} />
      </ToggleGroup>
      {text !== undefined && <YamlField text={text} onText={setText} wrong={wrong} />}
      {text === undefined && (
        <>
          {!before && (
            <Field
              label="Name"
              value={written.metadata.name}
              onChange={name => setWritten({ ...written, metadata: { ...written.metadata, name } })}
              required
            />
          )}
          {before && (schema?.secrets.length ?? 0) > 0 && (
            <Content component="p">Passwords and keys are not shown; those that you leave empty stay as they are.</Content>
          )}
          {schema?.spec ? (
            <SchemaFields
              schema={schema.spec}
              value={written.spec}
              onChange={spec => setWritten({ ...written, spec })}
              secrets={schema.secrets}
              without={without}
            />
          ) : (
            <Asking />
          )}
          {wrong !== undefined && (
            <Alert isInline isLiveRegion variant="warning" title="It cannot be like this yet">
              {wrong}
            </Alert>
          )}
        </>
      )}
    </ChangeDialog>
  );
}

/** What of a document people write. */
function writtenOf({ metadata, spec }: ResourceDocument<object, object>): WrittenDocument {
  const { name, labels, annotations } = metadata as WrittenDocument['metadata'];
  return { metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) }, spec: spec as WrittenDocument['spec'] };
}

function said({ metadata, spec }: WrittenDocument): WrittenDocument {
  return { metadata, spec: whatIsSaid(spec) as WrittenDocument['spec'] };
}

interface YamlFieldProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly wrong: string | undefined;
}

function YamlField({ text, onText, wrong }: YamlFieldProps) {
  const id = useId();
  return (
    <FormGroup fieldId={id} label="Document">
      <TextArea
        id={id}
        className="angarium-code"
        value={text}
        onChange={(_, next) => onText(next)}
        rows={Math.min(24, Math.max(10, text.split('\n').length))}
        spellCheck={false}
        validated={wrong === undefined ? 'default' : 'error'}
        aria-describedby={`${id}-help`}
      />
      <FormHelperText id={`${id}-help`} aria-live="polite">
        <HelperText>
          <HelperTextItem variant={wrong === undefined ? 'default' : 'error'}>
            {wrong ?? 'The server checks it while you write. Passwords and keys are not shown; those that it does not name stay.'}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
