import {
  Alert,
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Content,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Label,
  Stack,
  StackItem,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/access.ts';
import { wholeDocument } from '../../api/documents.ts';
import { schemasQuery } from '../../api/schemas.ts';
import { settingTitle, settingWords } from '../../logic/setting-words.ts';
import { fieldsNotOf } from '../../logic/spec-fields.ts';
import { toYaml } from '../../logic/yaml.ts';
import { CopyBlock } from '../../parts/copy-block.tsx';
import { DocumentDialog } from '../../parts/document-dialog.tsx';
import type { AddressTabProps } from './address-tab.ts';

/** What was declared, what holds of its plan, and both as a document. */
export function SettingsTab({ space, address }: AddressTabProps) {
  const { metadata, spec, status } = address;
  const [editing, setEditing] = useState(false);
  const mayManage = useMay(space, 'manage', metadata.name);
  const { data: schemas } = useQuery(schemasQuery);
  const fields = schemas?.find(({ kind }) => kind === 'Address')?.spec?.properties ?? {};
  const draft = { kind: 'Address', metadata: { name: metadata.name, ...(metadata.labels && { labels: metadata.labels }) }, spec } as const;
  const { type, ...inForce } = { ...status!.inForce, ...(spec.plan && { plan: spec.plan }) };
  return (
    <Stack hasGutter>
      {status?.assumed && (
        <StackItem>
          <Alert isInline variant="info" title="Nobody has said that this is to be a queue">
            It was made when somebody first used its name. Subscribers of topics that the name matches get its messages as well; save its
            settings, and it is a queue alone.
          </Alert>
        </StackItem>
      )}
      <StackItem>
        <Card>
          <CardHeader
            {...(mayManage && {
              actions: {
                actions: (
                  <Button variant="secondary" onClick={() => setEditing(true)}>
                    Change
                  </Button>
                ),
              },
            })}
          >
            <CardTitle component="h2">What holds</CardTitle>
          </CardHeader>
          <CardBody>
            <DescriptionList isHorizontal isCompact>
              <Setting field="type" value={type} help={fields.type?.description} />
              {Object.entries(inForce).map(([field, value]) => (
                <Setting
                  key={field}
                  field={field}
                  value={value}
                  help={fields[field]?.description}
                  {...(spec[field] === undefined && spec.plan !== undefined && { plan: spec.plan })}
                />
              ))}
              {metadata.creationTimestamp && (
                <Setting field="created" value={new Date(metadata.creationTimestamp).toLocaleString()} help={undefined} />
              )}
              {metadata.labels && <Setting field="labels" value={metadata.labels} help={undefined} />}
            </DescriptionList>
            {Object.keys(inForce).length === 0 && (
              <Content component="p">All else is as usual: there are no limits but those of the space.</Content>
            )}
          </CardBody>
        </Card>
      </StackItem>
      <StackItem>
        <Card>
          <CardTitle component="h2">As a document</CardTitle>
          <CardBody>
            <CopyBlock label="the document" text={toYaml(wholeDocument(draft, space))} />
          </CardBody>
        </Card>
      </StackItem>
      {editing && (
        <DocumentDialog
          kind="Address"
          one="address"
          space={space}
          before={address}
          without={fieldsNotOf(spec.type)}
          onClose={() => setEditing(false)}
        />
      )}
    </Stack>
  );
}

interface SettingProps {
  readonly field: string;
  readonly value: unknown;
  readonly help: string | undefined;
  /** The plan that says it. */
  readonly plan?: string;
}

function Setting({ field, value, help, plan }: SettingProps) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{settingTitle(field)}</DescriptionListTerm>
      <DescriptionListDescription>
        {settingWords(field, value)}{' '}
        {plan !== undefined && (
          <Label isCompact color="blue">
            from the plan {plan}
          </Label>
        )}
        {help !== undefined && <div className="angarium-help">{help}</div>}
      </DescriptionListDescription>
    </DescriptionListGroup>
  );
}
