import { ClipboardCopyButton, CodeBlock, CodeBlockAction, CodeBlockCode } from '@patternfly/react-core';
import { useId, useState } from 'react';

interface CopyBlockProps {
  /** What it is, for the button: "Copy LABEL". */
  readonly label: string;
  readonly text: string;
}

/** Text to take along: commands, documents, programs. */
export function CopyBlock({ label, text }: CopyBlockProps) {
  const id = useId();
  const [copied, setCopied] = useState(false);
  return (
    <CodeBlock
      actions={
        <CodeBlockAction>
          <ClipboardCopyButton
            id={id}
            aria-label={`Copy ${label}`}
            variant="plain"
            onClick={() => void copy(text).then(() => setCopied(true))}
            onTooltipHidden={() => setCopied(false)}
          >
            {copied ? 'Copied' : `Copy ${label}`}
          </ClipboardCopyButton>
        </CodeBlockAction>
      }
    >
      {/* Long ones scroll, and what scrolls has to be reached by the keyboard. */}
      <CodeBlockCode tabIndex={0}>{text}</CodeBlockCode>
    </CodeBlock>
  );
}

/** Browsers have a clipboard for pages over TLS or of this machine alone; elsewhere the old way does it. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
