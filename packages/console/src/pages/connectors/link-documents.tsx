import { type ReactNode, useMemo, useState } from 'react';
import { nameColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { EditableDocuments } from '../../parts/editable-documents.tsx';
import { Failures, PhaseLabel } from './link-parts.tsx';
import type { Connector, Forwarder } from './link-status.ts';
import { PauseDialog } from './pause-dialog.tsx';

interface LinkDocumentsProps<Document> {
  readonly kind: 'Connector' | 'Forwarder';
  readonly space: string;
  /** Besides name and state. */
  readonly columns: readonly Column<Document>[];
  readonly textOf: (document: Document) => string;
  /** What they are for. */
  readonly nothing: string;
  readonly lost: ReactNode;
  readonly force?: string;
}

/** Connectors, or forwarders: how each is, and what does not work. */
export function LinkDocuments<Document extends Connector | Forwarder>(props: LinkDocumentsProps<Document>) {
  const { kind, space, columns, lost, ...others } = props;
  const [pausing, setPausing] = useState<Document>();
  const all = useMemo(() => [nameColumn<Document>(), STATE, ...columns], [columns]);
  const one = kind.toLowerCase();
  return (
    <>
      <EditableDocuments<Document>
        {...others}
        kind={kind}
        one={one}
        space={space}
        columns={all}
        createWords={`Create a ${one}`}
        above={documents => <Failures one={one} documents={documents} />}
        more={document => [{ title: document.spec.paused ? 'Resume' : 'Pause', onChoose: () => setPausing(document) }]}
        lost={() => lost}
      />
      {pausing && <PauseDialog kind={kind} space={space} document={pausing} onClose={() => setPausing(undefined)} />}
    </>
  );
}

const STATE: Column<Connector | Forwarder> = {
  key: 'state',
  title: 'State',
  cell: ({ status }) => <PhaseLabel status={status} />,
  order: ({ status }) => status?.phase ?? '',
  width: '8rem',
  narrow: true,
};
