import { Content, ExpandableSection } from '@patternfly/react-core';
import { applyCommand, type Change } from '../logic/command-line.ts';
import { CopyBlock } from './copy-block.tsx';

/** The command line, and the document, that do the same as the form or dialog it stands in. */
export function ShowCommand({ change }: { readonly change: Change }) {
  return (
    <ExpandableSection toggleTextCollapsed="Show command" toggleTextExpanded="Hide command" isIndented>
      {change.commands.length > 0 && <CopyBlock label="the command" text={change.commands.join('\n')} />}
      {change.document && (
        <>
          {change.commands.length > 0 && <Content component="p">The same as a document:</Content>}
          <CopyBlock label="the document" text={applyCommand(change.document)} />
        </>
      )}
    </ExpandableSection>
  );
}
