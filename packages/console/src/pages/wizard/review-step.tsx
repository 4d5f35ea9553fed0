import { Content, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { DocumentDraft } from '../../api/documents.ts';
import type { Change } from '../../logic/command-line.ts';
import { settingTitle, settingWords } from '../../logic/setting-words.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShowCommand } from '../../parts/show-command.tsx';

interface ReviewStepProps {
  readonly space: string;
  readonly drafts: readonly DocumentDraft[];
  readonly change: Change;
  readonly error: unknown;
}

/** What will be made, in words and as commands. */
export function ReviewStep({ space, drafts, change, error }: ReviewStepProps) {
  return (
    <div className="angarium-words">
      <ProblemAlert error={error} />
      {drafts.map(({ metadata, spec }) => (
        <section key={metadata.name}>
          <Content component="h2">{metadata.name}</Content>
          <DescriptionList isCompact isHorizontal>
            <Setting title="Address space" value={space} />
            {Object.entries(spec).map(([field, value]) => (
              <Setting key={field} title={settingTitle(field)} value={settingWords(field, value)} />
            ))}
          </DescriptionList>
        </section>
      ))}
      <ShowCommand change={change} />
    </div>
  );
}

function Setting({ title, value }: { readonly title: string; readonly value: string }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{title}</DescriptionListTerm>
      <DescriptionListDescription>{value}</DescriptionListDescription>
    </DescriptionListGroup>
  );
}
